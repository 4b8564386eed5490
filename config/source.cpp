// SPDX-License-Identifier: Apache-2.0
#include "config/source.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <system_error>

#include "config/rules.h"

namespace fairlead::config {
namespace {

namespace fs = std::filesystem;

void report(Diagnostics& findings, const fs::path& path, Rule rule, std::string message) {
    findings.push_back({.severity = Severity::error,
                        .file = path.string(),
                        .line = 0,
                        .column = 0,
                        .rule = std::string(info(rule).id),
                        .path = {},
                        .message = std::move(message)});
}

std::int64_t modified(const fs::path& path) {
    std::error_code error;
    const auto time = fs::last_write_time(path, error);
    if (error) return 0;
    const auto since_epoch = std::chrono::file_clock::to_sys(time).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

void read_file(const fs::path& path, Sources& sources, Diagnostics& findings) {
    sources.versions.push_back(version_of(path));
    auto file = read_text_file(path);
    if (!file) {
        const auto& why = file.error().message;
        return report(findings, path, Rule::cannot_read, "cannot read the file: " + why);
    }
    sources.newest = std::max(sources.newest, file->modified);
    sources.list.push_back({.name = path.string(), .text = std::move(file->text)});
}

bool is_yaml(const fs::path& path) {
    const auto extension = path.extension();
    return (extension == ".yaml" || extension == ".yml") &&
           !path.filename().string().starts_with('.');
}

void read_directory(const fs::path& path, Sources& sources, Diagnostics& findings) {
    sources.versions.push_back(version_of(path));  // changes when a file comes or goes
    std::error_code error;
    std::vector<fs::path> files;
    for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        std::error_code ignored;  // a file that vanished is no part of the configuration
        if (is_yaml(at->path()) && !at->is_directory(ignored)) files.push_back(at->path());
    }
    if (error) {
        return report(findings, path, Rule::cannot_read,
                      "cannot read the directory: " + error.message());
    }
    if (files.empty()) {
        return report(findings, path, Rule::cannot_read,
                      "the directory has no *.yaml or *.yml file");
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files)
        read_file(file, sources, findings);
}

}  // namespace

Result<TextFile> read_text_file(const fs::path& path) {
    static constexpr std::size_t kBlock = std::size_t{1} << 16U;
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) return Error{std::generic_category().message(errno)};
    TextFile file{.text = {}, .modified = modified(path)};
    std::string block(kBlock, '\0');
    while (file.text.size() <= kSourceBytesMax) {
        in.read(block.data(), static_cast<std::streamsize>(block.size()));
        file.text.append(block, 0, static_cast<std::size_t>(in.gcount()));
        if (!in) break;
    }
    if (in.bad()) return Error{"reading failed"};
    return file;
}

Sources read_sources(const fs::path& path, Diagnostics& findings) {
    Sources sources;
    std::error_code error;
    if (fs::is_directory(path, error)) {
        sources.directory = path;
        read_directory(path, sources, findings);
    } else {
        sources.directory = path.parent_path();
        read_file(path, sources, findings);
    }
    return sources;
}

}  // namespace fairlead::config
