// SPDX-License-Identifier: Apache-2.0
#pragma once

// YAML text as a tree in which every node knows where it was written. The only place that knows
// libyaml.
//
// Scalars keep the text as it was written and whether it was quoted: nothing is converted here, so
// an unquoted NO is still "NO" when a later step explains what YAML makes of it.
// Thread rule: made by one thread, const afterwards. Nodes live as long as their document.

#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"

namespace fairlead::config {

/// One text to read: a file's content, and its name for findings.
struct Source {
    std::string name;
    std::string text;
};

inline constexpr std::size_t kSourceBytesMax = std::size_t{64} << 20U;
inline constexpr int kNestingMax = 64;
/// Nodes that aliases may add to what is written out.
inline constexpr std::uint64_t kAliasedNodesMax = 1'000'000;

/// Large configurations have millions of nodes, so a node is small: 40 bytes.
struct Node {
    enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
    Kind kind = Kind::null;
    bool plain = false;      // a scalar without quotes
    std::uint16_t file = 0;  // see Document::file_of
    int line = 0;            // from 1
    int column = 0;          // from 1
    std::uint32_t count = 0;
    const Node* first = nullptr;  // of `count` items
    std::string_view text;        // of a scalar

    [[nodiscard]] bool is_scalar() const { return kind == Kind::scalar; }
    [[nodiscard]] bool is_sequence() const { return kind == Kind::sequence; }
    [[nodiscard]] bool is_mapping() const { return kind == Kind::mapping; }
    /// A sequence's items; a mapping's keys and values in turn. Keys are scalars, each one once.
    [[nodiscard]] std::span<const Node> items() const { return {first, count}; }
    /// Entries of a mapping.
    [[nodiscard]] std::size_t size() const { return count / 2; }
    [[nodiscard]] const Node& key(std::size_t i) const { return first[2 * i]; }
    [[nodiscard]] const Node& value(std::size_t i) const { return first[2 * i + 1]; }
};

class Document {
  public:
    Document() = default;
    ~Document() = default;
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// Reads all sources and merges them: their top-level mappings, and below one top-level key the
    /// mappings of all sources. What is wrong goes to `findings`; the rest is still there, so that
    /// it can be looked at too. REQUIRES: called once.
    void read(std::vector<Source> sources, Diagnostics& findings);

    /// A mapping.
    [[nodiscard]] const Node& root() const { return root_; }
    [[nodiscard]] const std::string& file_of(const Node& node) const { return files_[node.file]; }

  private:
    friend class TreeMaker;
    [[nodiscard]] std::string_view keep(std::string_view text);
    void keep_items(Node& parent, std::span<const Node> items);
    void merge(const Node& top, Diagnostics& findings);
    [[nodiscard]] Node joined(const Node& first, const Node& more, Diagnostics& findings);
    [[nodiscard]] Diagnostic twice(const Node& second, const Node& first) const;

    std::pmr::monotonic_buffer_resource memory_;  // of all texts and items
    std::vector<std::string> files_;
    std::vector<Node> entries_;  // of the root
    Node root_;
};

}  // namespace fairlead::config
