// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the keys of each health check type say: from the mapping of one check to what its probe
// does. Thread rule: one thread.

#include <filesystem>
#include <string>
#include <string_view>

#include "checks/health_check.h"
#include "config/fields.h"
#include "config/findings.h"

namespace fairlead::config {

class ProbeReader {
  public:
    /// Relative paths start at `directory`. All must outlive this object.
    ProbeReader(const Fields& fields, Findings& findings, const std::filesystem::path& directory)
        : fields_(fields), findings_(findings), directory_(directory) {}

    /// Its target and port as well, which stand in a url.
    void read_prometheus(checks::HealthCheck& check) const;

    /// An unknown type, which has been reported, is read as http.
    [[nodiscard]] checks::ProbeKind read(std::string_view type) const;

  private:
    [[nodiscard]] checks::TcpProbe read_tcp() const;
    [[nodiscard]] checks::HttpProbe read_http(bool tls) const;
    void read_request(checks::HttpProbe& probe) const;
    using Headers = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] Headers read_headers() const;
    void read_body(checks::HttpProbe& probe) const;
    [[nodiscard]] checks::ExecProbe read_exec() const;
    [[nodiscard]] checks::TlsSettings read_tls() const;
    [[nodiscard]] std::size_t read_max_body(std::string_view wanted_key,
                                            const std::string& wanted) const;
    [[nodiscard]] std::string visible_text(std::string_view key) const;

    const Fields& fields_;
    Findings& findings_;
    const std::filesystem::path& directory_;
};

}  // namespace fairlead::config
