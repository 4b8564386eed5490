// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a reader stands in the document, and the list it adds its findings to.
// Thread rule: one thread.

#include <string>
#include <string_view>
#include <utility>

#include "config/diagnostics.h"
#include "config/document.h"
#include "config/rules.h"

namespace fairlead::config {

/// A node and the way to it from the root. The way is a chain through the parents' cursors, which
/// must outlive their children; it becomes a text only for a finding.
class Cursor {
  public:
    explicit Cursor(const Node& root) : node_(&root), key_(&root) {}

    /// The value of a mapping's entry. REQUIRES: node().is_mapping().
    [[nodiscard]] Cursor entry(std::size_t i) const {
        return {*this, node_->value(i), node_->key(i)};
    }
    /// An item of a sequence. REQUIRES: node().is_sequence().
    [[nodiscard]] Cursor item(std::size_t i) const { return {*this, node_->items()[i], i}; }

    [[nodiscard]] const Node& node() const { return *node_; }
    /// The key this node stands under; the node itself when it is an item of a list.
    [[nodiscard]] const Node& key() const { return *key_; }
    /// "zones.example.com.records.www.targets[1]"; empty for the root.
    [[nodiscard]] std::string path() const;

  private:
    Cursor(const Cursor& parent, const Node& node, const Node& key)
        : parent_(&parent), node_(&node), key_(&key) {}
    Cursor(const Cursor& parent, const Node& node, std::size_t index)
        : parent_(&parent), node_(&node), key_(&node), index_(index) {}

    static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);
    const Cursor* parent_ = nullptr;
    const Node* node_;
    const Node* key_;
    std::size_t index_ = kNoIndex;
};

class Findings {
  public:
    Findings(const Document& document, Diagnostics& list) : document_(document), list_(list) {}

    /// A finding about the node at `at`.
    void add(Rule rule, const Cursor& at, std::string message) {
        add(rule, at.node(), at.path(), std::move(message));
    }
    /// A finding about the key of the entry at `at`.
    void add_at_key(Rule rule, const Cursor& at, std::string message) {
        add(rule, at.key(), at.path(), std::move(message));
    }
    void add(Rule rule, const Node& where, std::string path, std::string message);
    /// A finding about a line of a file that is not part of the document.
    struct Line {
        std::string file;
        int line = 0;  // from 1
    };
    void add(Rule rule, Line where, std::string path, std::string message);

    /// "FILE:LINE:COLUMN" of a node, to point at from another finding.
    [[nodiscard]] std::string position(const Node& node) const;

    /// How many errors there are so far: equal before and after a step, the step found none.
    [[nodiscard]] std::size_t errors() const { return errors_; }

  private:
    void add(Rule rule, Diagnostic finding);

    const Document& document_;
    Diagnostics& list_;
    std::size_t errors_ = 0;
};

/// `"text"`, shortened and with control bytes as \xNN: safe in a message.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace fairlead::config
