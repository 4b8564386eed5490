// SPDX-License-Identifier: Apache-2.0
#include "config/document.h"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "config/rules.h"

namespace fairlead::config {
namespace {

Diagnostic finding(Rule rule, const std::string& file, int line, int column, std::string message) {
    return {.severity = info(rule).severity,
            .file = file,
            .line = line,
            .column = column,
            .rule = std::string(info(rule).id),
            .path = {},
            .message = std::move(message)};
}

struct TextPosition {
    int line = 1;
    int column = 1;
};

TextPosition position_of(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = before.substr(before.rfind('\n') + 1);  // npos + 1 = 0
    const auto is_start = [](char c) { return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80U; };
    return {static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
            static_cast<int>(std::count_if(line.begin(), line.end(), is_start)) + 1};
}

/// Length of the well-formed UTF-8 character (RFC 3629) that begins at `at`; 0 = there is none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0U;
    };
    const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const auto first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (first == 0xe0 && byte(1) < 0xa0) return 0;   // overlong
        if (first == 0xed && byte(1) >= 0xa0) return 0;  // a surrogate
        return follows(1) && follows(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (first == 0xf0 && byte(1) < 0x90) return 0;
        if (first == 0xf4 && byte(1) >= 0x90) return 0;
        return follows(1) && follows(2) && follows(3) ? 4 : 0;
    }
    return 0;
}

/// Where `text` stops being a text; nothing when it is one. The library would take a byte 4 for the
/// end of the file and guess at encodings, so this comes first.
std::optional<std::size_t> first_byte_that_is_no_text(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<std::uint8_t>(text[at]);
        const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
        const auto length = utf8_length(text, at);
        if (control || byte == 0x7f || length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

/// Why a text cannot be read on, and where that shows.
struct Fault {
    Rule rule;
    TextPosition at;
    std::string message;
};

TextPosition position_of(const yaml_mark_t& mark) {
    return {static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
}

std::string_view text_of(const yaml_char_t* text) {
    return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);  // NOLINT
}

}  // namespace

/// Builds the tree from the parser's events; a friend of the document it fills.
class TreeMaker {
  public:
    TreeMaker(Document& document, Diagnostics& findings)
        : document_(document),
          findings_(findings),
          file_(static_cast<std::uint16_t>(document.files_.size() - 1)) {}

    /// Not to be called again once there is a fault.
    void take(const yaml_event_t& event) {
        const auto at = position_of(event.start_mark);
        switch (event.type) {
            case YAML_DOCUMENT_START_EVENT:
                if (top_) fail(Rule::yaml_syntax, at, "a second YAML document; write one a file");
                return;
            case YAML_ALIAS_EVENT:
                return take_alias(text_of(event.data.alias.anchor), at);
            case YAML_SCALAR_EVENT:
                return take_scalar(event, at);
            case YAML_SEQUENCE_START_EVENT:
                return open(Node::Kind::sequence, at, event.data.sequence_start.tag,
                            event.data.sequence_start.anchor);
            case YAML_MAPPING_START_EVENT:
                return open(Node::Kind::mapping, at, event.data.mapping_start.tag,
                            event.data.mapping_start.anchor);
            case YAML_SEQUENCE_END_EVENT:
            case YAML_MAPPING_END_EVENT:
                return close();
            default:
                return;
        }
    }

    [[nodiscard]] const std::optional<Node>& top() const { return top_; }
    [[nodiscard]] const std::optional<Fault>& fault() const { return fault_; }

  private:
    /// A finished node, with what it amounts to when all aliases in it are written out.
    struct Finished {
        Node node;
        std::uint64_t size = 1;
        int height = 0;
    };
    /// A node whose items are still being read: the ones in `items_` from `first` on.
    struct Open {
        Finished so_far;
        std::size_t first = 0;
        std::string anchor;
    };

    void take_alias(std::string_view name, TextPosition at) {
        const auto found = anchors_.find(std::string(name));
        if (found == anchors_.end()) {
            return fail(Rule::yaml_syntax, at,
                        "there is no anchor of this name above, &" + std::string(name));
        }
        if (!found->second) {
            return fail(Rule::yaml_syntax, at, "an alias to something that contains the alias");
        }
        aliased_ += found->second->size;
        if (aliased_ > kAliasedNodesMax) {
            return fail(Rule::yaml_limit, at, "the aliases expand to more than 1,000,000 nodes");
        }
        place(*found->second, at);
    }

    void take_scalar(const yaml_event_t& event, TextPosition at) {
        const auto& scalar = event.data.scalar;
        const auto tag = text_of(scalar.tag);
        if (!tag.empty() && tag != YAML_STR_TAG) return refuse_tag(tag, at);
        const std::string_view text(reinterpret_cast<const char*>(scalar.value),  // NOLINT
                                    scalar.length);
        Node node = make(Node::Kind::scalar, at);
        node.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE && tag.empty();
        if (node.plain && is_null(text)) {
            node.kind = Node::Kind::null;
            node.plain = false;
        } else {
            node.text = document_.keep(text);
        }
        finish({.node = node}, text_of(scalar.anchor), at);
    }

    /// YAML 1.2 section 10.3.2.
    static bool is_null(std::string_view text) {
        return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
    }

    [[nodiscard]] Node make(Node::Kind kind, TextPosition at) const {
        return {.kind = kind, .file = file_, .line = at.line, .column = at.column, .text = {}};
    }

    void open(Node::Kind kind, TextPosition at, const yaml_char_t* tag, const yaml_char_t* anchor) {
        if (tag != nullptr) return refuse_tag(text_of(tag), at);
        const std::string name(text_of(anchor));
        if (!name.empty()) anchors_[name] = std::nullopt;
        open_.push_back(
            {.so_far = {.node = make(kind, at)}, .first = items_.size(), .anchor = name});
        check_depth(0, at);
    }

    void close() {
        const Open done = std::move(open_.back());
        open_.pop_back();
        Finished finished = done.so_far;
        if (finished.node.is_mapping()) drop_bad_keys(done.first);
        document_.keep_items(finished.node, std::span(items_).subspan(done.first));
        cut_items(done.first);
        finish(finished, done.anchor, {finished.node.line, finished.node.column});
    }

    void finish(const Finished& finished, std::string_view anchor, TextPosition at) {
        if (!anchor.empty()) anchors_[std::string(anchor)] = finished;
        place(finished, at);
    }

    void place(const Finished& child, TextPosition at) {
        if (open_.empty()) {
            top_ = child.node;
            return;
        }
        check_depth(child.height, at);
        items_.push_back(child.node);
        Finished& parent = open_.back().so_far;
        parent.size += child.size;
        parent.height = std::max(parent.height, child.height + 1);
    }

    void check_depth(int height, TextPosition at) {
        if (static_cast<int>(open_.size()) + height <= kNestingMax) return;
        fail(Rule::yaml_limit, at, "nested more than 64 deep");
    }

    void refuse_tag(std::string_view tag, TextPosition at) {
        fail(Rule::yaml_syntax, at,
             "tags such as \"" + std::string(tag) + "\" have no meaning here");
    }

    void fail(Rule rule, TextPosition at, std::string message) {
        fault_ = Fault{rule, at, std::move(message)};
    }

    /// Leaves each key of the items from `first` on once and texts only; reports the others.
    void drop_bad_keys(std::size_t first) {
        const auto entries = std::span(items_).subspan(first);
        if (!needs_a_closer_look(entries)) return;
        std::unordered_map<std::string_view, TextPosition> seen;
        std::size_t kept = first;
        for (std::size_t i = 0; i < entries.size(); i += 2) {
            const Node& key = entries[i];
            if (!key.is_scalar()) {
                report(Rule::wrong_type, key, "a key must be a text");
                continue;
            }
            const auto [earlier, is_new] =
                seen.emplace(key.text, TextPosition{key.line, key.column});
            if (!is_new) {
                report(Rule::duplicate_key, key, duplicate_message(key, earlier->second));
                continue;
            }
            items_[kept++] = entries[i];
            items_[kept++] = entries[i + 1];
        }
        cut_items(kept);
    }

    void cut_items(std::size_t size) {
        items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(size), items_.end());
    }

    /// Most mappings are small and good, so this is where the time would go.
    static bool needs_a_closer_look(std::span<const Node> entries) {
        static constexpr std::size_t kSmall = 16;
        if (entries.size() > kSmall) return true;
        for (std::size_t i = 0; i < entries.size(); i += 2) {
            if (!entries[i].is_scalar()) return true;
            for (std::size_t k = 0; k < i; k += 2) {
                if (entries[k].text == entries[i].text) return true;
            }
        }
        return false;
    }

    static std::string duplicate_message(const Node& key, TextPosition first) {
        return "\"" + std::string(key.text) + "\" stands at line " + std::to_string(first.line) +
               ", column " + std::to_string(first.column) + " already";
    }

    void report(Rule rule, const Node& node, std::string message) {
        findings_.push_back(
            finding(rule, document_.files_[node.file], node.line, node.column, std::move(message)));
    }

    Document& document_;
    Diagnostics& findings_;
    std::uint16_t file_;
    std::optional<Node> top_;
    std::optional<Fault> fault_;
    std::vector<Open> open_;
    std::vector<Node> items_;  // of all open nodes, the outermost's first
    std::unordered_map<std::string, std::optional<Finished>> anchors_;  // nothing: still open
    std::uint64_t aliased_ = 0;
};

namespace {

/// The library's words for frequent mistakes, said so that they help.
std::string explain(std::string_view problem) {
    static constexpr auto kTranslations =
        std::to_array<std::pair<std::string_view, std::string_view>>({
            {"did not find expected key",
             "this does not belong to the mapping above; check the indentation and the quotes"},
            {"did not find expected '-' indicator",
             "this does not belong to the list above; check the indentation"},
            {"did not find expected ',' or '}'", "a ',' or '}' is missing before this"},
            {"did not find expected ',' or ']'", "a ',' or ']' is missing before this"},
            {"mapping values are not allowed in this context",
             "a ':' does not belong here; text with ': ' in it needs quotes"},
            {"could not find expected ':'", "a ':' is missing after the key above"},
            {"block sequence entries are not allowed in this context",
             "a '-' does not belong here"},
            {"found character that cannot start any token",
             "nothing can begin with this character; tabs do not indent, and %, @ and ` need "
             "quotes"},
            {"found unexpected end of stream", "a quote is not closed"},
            {"found unexpected ':'", "text that ends in ':' needs quotes"},
        });
    for (const auto& [theirs, ours] : kTranslations) {
        if (problem == theirs) return std::string(ours);
    }
    return std::string(problem);
}

/// libyaml's parser over one text, which must outlive it.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {
        yaml_parser_initialize(&parser_);
        yaml_parser_set_input_string(&parser_,
                                     reinterpret_cast<const yaml_char_t*>(text.data()),  // NOLINT
                                     text.size());
    }
    ~Parser() { yaml_parser_delete(&parser_); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;

    /// Hands all events to `tree`, until the first fault.
    std::optional<Fault> run(TreeMaker& tree) {
        for (bool more = true; more && !tree.fault();) {
            yaml_event_t event;
            if (yaml_parser_parse(&parser_, &event) == 0) return fault();
            tree.take(event);
            more = event.type != YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
        return tree.fault();
    }

  private:
    [[nodiscard]] Fault fault() const {
        if (parser_.problem == nullptr) return {Rule::yaml_syntax, {}, "out of memory"};
        const std::string message = explain(parser_.problem);
        if (parser_.error == YAML_READER_ERROR) {
            return {Rule::yaml_syntax, position_of(text_, parser_.problem_offset), message};
        }
        const auto at = position_of(parser_.problem_mark);
        const auto start = position_of(parser_.context_mark);
        const bool is_above = parser_.context != nullptr && start.line < at.line;
        return {Rule::yaml_syntax, at,
                is_above ? message + " (see line " + std::to_string(start.line) + ", column " +
                               std::to_string(start.column) + ")"
                         : message};
    }

    std::string_view text_;
    yaml_parser_t parser_{};
};

bool is_readable_text(const Source& source, Diagnostics& findings) {
    if (source.text.size() > kSourceBytesMax) {
        findings.push_back(
            finding(Rule::yaml_limit, source.name, 0, 0, "the file is larger than 64 MiB"));
        return false;
    }
    const auto bad = first_byte_that_is_no_text(source.text);
    if (!bad) return true;
    const auto at = position_of(source.text, *bad);
    findings.push_back(finding(Rule::yaml_syntax, source.name, at.line, at.column,
                               "this is not UTF-8 text: byte " +
                                   std::to_string(static_cast<std::uint8_t>(source.text[*bad])) +
                                   " cannot stand here"));
    return false;
}

}  // namespace

std::string_view Document::keep(std::string_view text) {
    if (text.empty()) return {};
    auto* bytes = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::copy(text.begin(), text.end(), bytes);
    return {bytes, text.size()};
}

void Document::keep_items(Node& parent, std::span<const Node> items) {
    if (items.empty()) return;
    auto* nodes = static_cast<Node*>(memory_.allocate(items.size_bytes(), alignof(Node)));
    std::uninitialized_copy(items.begin(), items.end(), nodes);
    parent.first = nodes;
    parent.count = static_cast<std::uint32_t>(items.size());
}

void Document::read(std::vector<Source> sources, Diagnostics& findings) {
    root_.kind = Node::Kind::mapping;
    files_.reserve(sources.size() + 1);
    for (auto& next : sources) {
        const Source source = std::move(next);  // its text goes when it has been read
        files_.push_back(source.name);
        if (!is_readable_text(source, findings)) continue;
        const auto before = findings.size();
        TreeMaker tree(*this, findings);
        if (const auto fault = Parser(source.text).run(tree)) {
            findings.push_back(finding(fault->rule, source.name, fault->at.line, fault->at.column,
                                       fault->message));
            continue;
        }
        const Node top = tree.top().value_or(Node());
        if (top.is_mapping()) {
            merge(top, findings);
        } else if (top.kind != Node::Kind::null) {
            findings.push_back(finding(Rule::wrong_type, source.name, top.line, top.column,
                                       "a configuration is a mapping: server, zones, ..."));
        } else if (findings.size() == before) {
            findings.push_back(finding(Rule::cannot_read, source.name, 0, 0, "the file is empty"));
        }
    }
    if (files_.empty()) files_.emplace_back();
    if (root_.line == 0) root_.line = root_.column = 1;
    root_.first = entries_.data();
    root_.count = static_cast<std::uint32_t>(entries_.size());
}

Diagnostic Document::twice(const Node& second, const Node& first) const {
    return finding(Rule::duplicate_key, file_of(second), second.line, second.column,
                   "\"" + std::string(second.text) + "\" stands at " + file_of(first) + ":" +
                       std::to_string(first.line) + ":" + std::to_string(first.column) +
                       " already");
}

/// Adds a source's top level to the root: new keys as they are, known ones by joining the mappings.
void Document::merge(const Node& top, Diagnostics& findings) {
    if (root_.line == 0) {
        root_.file = top.file;
        root_.line = top.line;
        root_.column = top.column;
    }
    for (std::size_t i = 0; i < top.size(); ++i) {
        std::size_t at = 0;
        while (at < entries_.size() && entries_[at].text != top.key(i).text)
            at += 2;
        if (at == entries_.size()) {
            entries_.push_back(top.key(i));
            entries_.push_back(top.value(i));
        } else if (entries_[at + 1].is_mapping() && top.value(i).is_mapping()) {
            entries_[at + 1] = joined(entries_[at + 1], top.value(i), findings);
        } else {
            findings.push_back(twice(top.key(i), entries_[at]));
        }
    }
}

Node Document::joined(const Node& first, const Node& more, Diagnostics& findings) {
    std::vector<Node> items(first.items().begin(), first.items().end());
    std::unordered_map<std::string_view, const Node*> seen;
    for (std::size_t i = 0; i < first.size(); ++i)
        seen.emplace(first.key(i).text, &first.key(i));
    for (std::size_t i = 0; i < more.size(); ++i) {
        const auto [other, is_new] = seen.emplace(more.key(i).text, &more.key(i));
        if (!is_new) {
            findings.push_back(twice(more.key(i), *other->second));
            continue;
        }
        items.push_back(more.key(i));
        items.push_back(more.value(i));
    }
    Node node = first;
    keep_items(node, items);
    return node;
}

}  // namespace fairlead::config
