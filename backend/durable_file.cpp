// SPDX-License-Identifier: Apache-2.0
#include "backend/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/descriptor.h"
#include "base/system_error.h"

namespace fairlead::backend {
namespace {

namespace fs = std::filesystem;

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Result<void> write_and_sync(const fs::path& file, std::string_view text) {
    const Descriptor out(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out.is_open() || !write_all(out.get(), text) || ::fsync(out.get()) != 0) {
        return last_system_error();
    }
    return {};
}

}  // namespace

Result<std::string> read_whole(const fs::path& file, std::size_t bytes_max) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) return Error{error ? error.message() : "it is no file"};
    errno = 0;
    std::ifstream in(file, std::ios::binary | std::ios::ate);
    if (!in) return last_system_error();
    const auto size = static_cast<std::size_t>(in.tellg());  // of what is open, not of the name
    if (size > bytes_max) return Error{"it is too large"};
    std::string text(size, '\0');
    in.seekg(0).read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in) return Error{"it cannot be read to its end"};
    return Result<std::string>(boost::system::in_place_value, std::move(text));
}

Result<void> write_durably(const fs::path& file, std::string_view text) {
    // Before anything else: what fails after the rename has replaced the file all the same.
    const Descriptor directory(
        ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open()) return last_system_error();
    const fs::path fresh = file.string() + ".new";
    auto written = write_and_sync(fresh, text);
    if (written && ::rename(fresh.c_str(), file.c_str()) != 0) written = last_system_error();
    if (!written) {
        (void)::unlink(fresh.c_str());  // a full disk gets its room back
        return written;
    }
    if (::fsync(directory.get()) != 0) return last_system_error();
    return {};
}

}  // namespace fairlead::backend
