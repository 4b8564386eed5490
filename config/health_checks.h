// SPDX-License-Identifier: Apache-2.0
#pragma once

// The `health_checks` of a configuration, and the references to them.
// Thread rule: one thread.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/admin_reader.h"
#include "config/fields.h"
#include "config/findings.h"
#include "policy/catalog.h"

namespace fairlead::config {

class HealthChecks {
  public:
    /// Index of a check in the catalog; nothing = no check.
    using Reference = std::optional<std::uint32_t>;

    /// Relative `ca_file`s start at `directory`.
    HealthChecks(Findings& findings, policy::CatalogBuilder& builder,
                 std::filesystem::path directory)
        : findings_(findings), builder_(builder), directory_(std::move(directory)) {}
    ~HealthChecks() = default;
    HealthChecks(const HealthChecks&) = delete;
    HealthChecks& operator=(const HealthChecks&) = delete;

    /// REQUIRES: `top` outlives this object.
    void read(const Fields& top);

    /// What `health_check:` of a mapping says; `inherited` when it says nothing.
    [[nodiscard]] Reference resolve(const Fields& fields, Reference inherited);

    void report_unused() const;

    using HeartbeatTokens = std::map<std::string, std::vector<AdminToken>>;
    /// By check, of those that have a `token_file`.
    [[nodiscard]] HeartbeatTokens take_heartbeat_tokens() { return std::move(heartbeat_tokens_); }
    /// Without the interface for operators nobody can report in.
    void report_deaf_heartbeats() const;

  private:
    struct Entry {
        explicit Entry(const Cursor& where) : at(where) {}
        Cursor at;
        std::uint32_t index = 0;
        bool used = false;
    };

    [[nodiscard]] checks::HealthCheck read_check(const Cursor& at);
    [[nodiscard]] checks::Calculation read_calculation(const Fields& fields);
    void read_heartbeat(const Fields& fields, checks::HealthCheck& check);
    /// The check that `at` names; nullptr, after a report, when there is none.
    [[nodiscard]] Entry* find(const Cursor& at);
    void read_timing(const Fields& fields, checks::HealthCheck& check);
    void read_port(const Fields& fields, std::string_view type, checks::HealthCheck& check);

    Findings& findings_;
    policy::CatalogBuilder& builder_;
    std::filesystem::path directory_;
    std::unordered_map<std::string_view, Entry> checks_;
    HeartbeatTokens heartbeat_tokens_;
    std::vector<std::string_view> heartbeats_;  // names of checks
    std::vector<std::string_view> names_;       // in the order of the configuration
};

}  // namespace fairlead::config
