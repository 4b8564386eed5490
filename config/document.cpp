// SPDX-License-Identifier: Apache-2.0
#include "config/document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "config/rules.h"

namespace fairlead::config {
namespace {

/// Stops the parser at a place where going on makes no sense.
struct Stop : std::runtime_error {
    Stop(Rule why, const YAML::Mark& where, const std::string& what)
        : std::runtime_error(what), rule(why), mark(where) {}
    Rule rule;
    YAML::Mark mark;
};

Diagnostic finding(Rule rule, const std::string& file, int line, int column, std::string message) {
    return {.severity = info(rule).severity,
            .file = file,
            .line = line,
            .column = column,
            .rule = std::string(info(rule).id),
            .path = {},
            .message = std::move(message)};
}

/// The library's words for frequent mistakes, said so that they help.
std::string explain(std::string_view message) {
    static constexpr auto kTranslations =
        std::to_array<std::pair<std::string_view, std::string_view>>({
            {"end of map not found",
             "this does not belong to the mapping above; check the indentation and the quotes"},
            {"end of sequence not found",
             "this does not belong to the list above; check the indentation"},
            {"end of map flow not found", "a '{' has no matching '}'"},
            {"end of sequence flow not found", "a '[' has no matching ']'"},
            {"illegal map value", "a ':' does not belong here; text with ': ' in it needs quotes"},
            {"illegal block entry", "a '-' does not belong here"},
            {"the referenced anchor is not defined", "there is no anchor of this name above"},
        });
    for (const auto& [theirs, ours] : kTranslations) {
        if (message.starts_with(theirs)) return std::string(ours);
    }
    return std::string(message);
}

struct TextPosition {
    int line = 1;
    int column = 1;
};

TextPosition position_of(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto last_newline = before.rfind('\n');
    return {static_cast<int>(1 + std::count(before.begin(), before.end(), '\n')),
            static_cast<int>(offset - (last_newline == before.npos ? 0 : last_newline + 1)) + 1};
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

}  // namespace

/// Builds the tree from the parser's events; a friend of the document it fills.
class TreeMaker final : public YAML::EventHandler {
  public:
    TreeMaker(Document& document, Diagnostics& findings)
        : document_(document),
          findings_(findings),
          file_(static_cast<std::uint16_t>(document.files_.size() - 1)) {}

    [[nodiscard]] const Node* top() const { return top_; }

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        finish(make(Node::Kind::null, mark), 1, anchor, mark);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end()) {
            throw Stop(Rule::yaml_syntax, mark, "an alias to something that contains the alias");
        }
        aliased_ += found->second.size;
        if (aliased_ > kAliasedNodesMax) {
            throw Stop(Rule::yaml_limit, mark, "the aliases expand to more than 1,000,000 nodes");
        }
        place(found->second, mark);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        Node& node = make(Node::Kind::scalar, mark);
        node.plain = tag == "?";
        if (tag != "?" && tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark, tag);
        node.text = keep(value);
        finish(node, 1, anchor, mark);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(Node::Kind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(Node::Kind::mapping, mark, tag, anchor);
    }
    void OnMapEnd() override {
        drop_bad_keys(*open_.back().node);
        close();
    }

  private:
    /// A finished node, with what it amounts to when all aliases in it are written out.
    struct Finished {
        Node* node = nullptr;
        std::uint64_t size = 1;
        int height = 0;
    };
    struct Open {
        Node* node = nullptr;
        YAML::anchor_t anchor = 0;
        YAML::Mark mark;
        std::uint64_t size = 1;
        int height = 0;
    };

    Node& make(Node::Kind kind, const YAML::Mark& mark) {
        Node& node = document_.nodes_.emplace_back();
        node.kind = kind;
        node.file = file_;
        node.line = mark.line + 1;
        node.column = mark.column + 1;
        return node;
    }

    std::string_view keep(const std::string& text) {
        if (text.empty()) return {};
        auto* bytes = static_cast<char*>(document_.texts_.allocate(text.size(), 1));
        std::copy(text.begin(), text.end(), bytes);
        return {bytes, text.size()};
    }

    void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor) {
        if (tag != "?" && !tag.empty()) refuse_tag(mark, tag);
        open_.push_back(
            {.node = &make(kind, mark), .anchor = anchor, .mark = mark, .size = 1, .height = 0});
        check_depth(0, mark);
    }

    void close() {
        const Open done = open_.back();
        open_.pop_back();
        finish(*done.node, done.size, done.anchor, done.mark, done.height);
    }

    void finish(Node& node, std::uint64_t size, YAML::anchor_t anchor, const YAML::Mark& mark,
                int height = 0) {
        const Finished finished{.node = &node, .size = size, .height = height};
        if (anchor != 0) anchors_[anchor] = finished;
        place(finished, mark);
    }

    void place(const Finished& child, const YAML::Mark& mark) {
        if (open_.empty()) {
            top_ = child.node;
            return;
        }
        check_depth(child.height, mark);
        Open& parent = open_.back();
        parent.node->items.push_back(child.node);
        parent.size += child.size;
        parent.height = std::max(parent.height, child.height + 1);
    }

    void check_depth(int height, const YAML::Mark& mark) const {
        if (static_cast<int>(open_.size()) + height > kNestingMax) {
            throw Stop(Rule::yaml_limit, mark, "nested more than 64 deep");
        }
    }

    [[noreturn]] static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        throw Stop(Rule::yaml_syntax, mark, "tags such as \"" + tag + "\" have no meaning here");
    }

    /// Leaves each key once and texts only; reports the others.
    void drop_bad_keys(Node& mapping) {
        if (!needs_a_closer_look(mapping)) return;
        std::unordered_map<std::string_view, const Node*> seen;
        std::vector<const Node*> kept;
        for (std::size_t i = 0; i < mapping.size(); ++i) {
            const Node& key = mapping.key(i);
            if (!key.is_scalar()) {
                report(Rule::wrong_type, key, "a key must be a text");
                continue;
            }
            const auto [first, is_new] = seen.emplace(key.text, &key);
            if (!is_new) {
                report(Rule::duplicate_key, key, duplicate_message(*first->second));
                continue;
            }
            kept.push_back(&key);
            kept.push_back(&mapping.value(i));
        }
        mapping.items = std::move(kept);
    }

    /// Most mappings are small and good, so this is where the time would go.
    static bool needs_a_closer_look(const Node& mapping) {
        static constexpr std::size_t kSmall = 8;
        if (mapping.size() > kSmall) return true;
        for (std::size_t i = 0; i < mapping.size(); ++i) {
            if (!mapping.key(i).is_scalar()) return true;
            for (std::size_t k = 0; k < i; ++k) {
                if (mapping.key(k).text == mapping.key(i).text) return true;
            }
        }
        return false;
    }

    static std::string duplicate_message(const Node& first) {
        return "\"" + std::string(first.text) + "\" stands at line " + std::to_string(first.line) +
               ", column " + std::to_string(first.column) + " already";
    }

    void report(Rule rule, const Node& node, std::string message) {
        findings_.push_back(
            finding(rule, document_.files_[node.file], node.line, node.column, std::move(message)));
    }

    Document& document_;
    Diagnostics& findings_;
    std::uint16_t file_;
    const Node* top_ = nullptr;
    std::vector<Open> open_;
    std::unordered_map<YAML::anchor_t, Finished> anchors_;
    std::uint64_t aliased_ = 0;
};

namespace {

/// What the parser makes of one source; nullptr for no document, or after an error.
const Node* parse(const Source& source, TreeMaker& tree, Diagnostics& findings) {
    const auto stop = [&](Rule rule, int line, int column, std::string message) -> const Node* {
        findings.push_back(finding(rule, source.name, line, column, std::move(message)));
        return nullptr;
    };
    try {
        std::istringstream in(source.text);
        YAML::Parser parser(in);
        if (!parser.HandleNextDocument(tree) || tree.top() == nullptr) return nullptr;
        const Node* top = tree.top();
        if (parser.HandleNextDocument(tree)) {
            return stop(Rule::yaml_syntax, tree.top()->line, tree.top()->column,
                        "a second YAML document; write one document a file");
        }
        return top;
    } catch (const Stop& error) {
        return stop(error.rule, error.mark.line + 1, error.mark.column + 1, error.what());
    } catch (const YAML::Exception& error) {
        return stop(Rule::yaml_syntax, error.mark.line + 1, error.mark.column + 1,
                    explain(error.msg));
    } catch (const std::exception& error) {
        return stop(Rule::yaml_syntax, 0, 0, error.what());
    }
}

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

void Document::read(const std::vector<Source>& sources, Diagnostics& findings) {
    root_.kind = Node::Kind::mapping;
    files_.reserve(sources.size() + 1);
    for (const auto& source : sources) {
        files_.push_back(source.name);
        if (!is_readable_text(source, findings)) continue;
        const auto before = findings.size();
        TreeMaker tree(*this, findings);
        const Node* top = parse(source, tree, findings);
        if (top != nullptr && top->is_mapping()) {
            merge(*top, findings);
        } else if (top != nullptr && top->kind != Node::Kind::null) {
            findings.push_back(finding(Rule::wrong_type, source.name, top->line, top->column,
                                       "a configuration is a mapping: server, zones, ..."));
        } else if (findings.size() == before) {
            findings.push_back(finding(Rule::cannot_read, source.name, 0, 0, "the file is empty"));
        }
    }
    if (files_.empty()) files_.emplace_back();
    if (root_.line == 0) root_.line = root_.column = 1;
}

/// Adds a source's top level to the root: new keys as they are, known ones by joining the mappings.
void Document::merge(const Node& top, Diagnostics& findings) {
    if (root_.line == 0) {
        root_.file = top.file;
        root_.line = top.line;
        root_.column = top.column;
    }
    const auto report_twice = [&](const Node& second, const Node& first) {
        findings.push_back(finding(Rule::duplicate_key, file_of(second), second.line, second.column,
                                   "\"" + std::string(second.text) + "\" stands at " +
                                       file_of(first) + ":" + std::to_string(first.line) + ":" +
                                       std::to_string(first.column) + " already"));
    };
    for (std::size_t i = 0; i < top.size(); ++i) {
        std::size_t at = 0;
        while (at < root_.size() && root_.key(at).text != top.key(i).text)
            ++at;
        if (at == root_.size()) {
            root_.items.push_back(&top.key(i));
            root_.items.push_back(&top.value(i));
            continue;
        }
        const Node& first = root_.value(at);
        const Node& more = top.value(i);
        if (!first.is_mapping() || !more.is_mapping()) {
            report_twice(top.key(i), root_.key(at));
            continue;
        }
        Node& joined = nodes_.emplace_back(first);
        std::unordered_map<std::string_view, const Node*> seen;
        for (std::size_t k = 0; k < first.size(); ++k)
            seen.emplace(first.key(k).text, &first.key(k));
        for (std::size_t k = 0; k < more.size(); ++k) {
            const auto [other, is_new] = seen.emplace(more.key(k).text, &more.key(k));
            if (!is_new) {
                report_twice(more.key(k), *other->second);
                continue;
            }
            joined.items.push_back(&more.key(k));
            joined.items.push_back(&more.value(k));
        }
        root_.items[2 * at + 1] = &joined;
    }
}

}  // namespace fairlead::config
