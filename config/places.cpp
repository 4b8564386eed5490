// SPDX-License-Identifier: Apache-2.0
#include "config/places.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/nearest.h"
#include "geo/areas.h"

namespace fairlead::config {
namespace {

policy::Specificity specificity_of(const geo::Area& area) {
    if (!area.subdivision.empty()) return policy::Specificity::subdivision;
    if (!area.country.empty()) return policy::Specificity::country;
    return policy::Specificity::continent;
}

/// "eu, us, ap", or the first of many.
std::string first_few(std::span<const std::string_view> names) {
    static constexpr std::size_t kShown = 8;
    std::string text;
    for (const auto name : names.first(std::min(names.size(), kShown)))
        text += (text.empty() ? "" : ", ") + std::string(name);
    return text + (names.size() > kShown ? ", ..." : "");
}

}  // namespace

int TakenPlaces::take(const policy::AreaSelector& place, int target) {
    const auto& area = place.area;
    // Places of a region count as continents, so a wider one of equal rank can come first.
    const auto around = std::to_array<geo::Area>({
        {.continent = area.continent, .country = {}, .subdivision = {}},
        {.continent = area.continent, .country = area.country, .subdivision = {}},
        area,
    });
    for (const auto& wider : around) {
        const auto found = places_.find({place.specificity, wider});
        if (found != places_.end()) return found->second;
    }
    places_.emplace(std::pair(place.specificity, area), target);
    return -1;
}

int TakenPlaces::take_asn(std::uint32_t asn, int target) {
    const auto [found, is_new] = asns_.emplace(asn, target);
    return is_new ? -1 : found->second;
}

int TakenPlaces::take_subnet(const Prefix& subnet, int target) {
    const auto [taken, is_new] = subnets_.try_emplace(subnet, target);
    return is_new ? -1 : taken->second;
}

int TakenPlaces::take_european_union(int target) {
    if (european_union_ >= 0) return european_union_;
    european_union_ = target;
    return -1;
}

void Places::read_regions(const Fields& top) {
    const Cursor* at = top.find("regions");
    if (at == nullptr) return;
    if (!at->node().is_mapping()) {
        findings_.add(Rule::wrong_type, *at, "expected a mapping, not " + describe(at->node()));
        return;
    }
    for (std::size_t i = 0; i < at->node().size(); ++i) {
        const Cursor region = at->entry(i);
        if (!is_good_region_name(region)) continue;
        names_.push_back(region.key().text);
        regions_.emplace(region.key().text, Region(region));
    }
    for (const auto name : names_)
        resolve(regions_.find(name)->second);
}

bool Places::is_good_region_name(const Cursor& region) {
    const auto name = region.key().text;
    if (!is_valid_name(name)) {
        findings_.add_at_key(
            Rule::bad_name, region,
            in_quotes(name) + " is no name; use letters, digits, '.', '_' and '-'");
        return false;
    }
    const auto area = geo::Area::parse(name);
    if (area && geo::exists(*area)) {
        findings_.add_at_key(Rule::region_is_geo_code, region,
                             in_quotes(name) + " is a geo code; give the region another name");
        return false;
    }
    return true;
}

const std::vector<geo::Area>& Places::resolve(Region& region) {
    if (region.progress == Progress::reading) {
        findings_.add_at_key(Rule::reference_loop, region.at, "this region leads back to itself");
        return region.areas;
    }
    if (region.progress == Progress::done) return region.areas;
    region.progress = Progress::reading;
    const Cursor& at = region.at;
    if (!at.node().is_sequence()) {
        findings_.add(Rule::wrong_type, at, "expected a list, not " + describe(at.node()));
    } else if (at.node().items().empty()) {
        findings_.add(Rule::empty_list, at, "the list is empty");
    } else {
        for (std::size_t i = 0; i < at.node().items().size(); ++i) {
            const Cursor item = at.item(i);
            const auto other = regions_.find(item.node().text);
            const bool is_region = item.node().is_scalar() && other != regions_.end();
            if (is_region) other->second.used = true;
            const auto places = read_places(item);
            for (const auto& place : places)
                region.areas.push_back(place.area);
        }
    }
    region.progress = Progress::done;
    return region.areas;
}

std::vector<policy::AreaSelector> Places::read_places(const Cursor& at) {
    const Node& node = at.node();
    const bool is_text = node.is_scalar() && !(node.plain && !yaml_meaning(node.text).empty());
    if (!is_text) {
        report_unknown(at);
        return {};
    }
    const auto region = regions_.find(node.text);
    if (region != regions_.end()) {
        std::vector<policy::AreaSelector> places;
        for (const auto& area : resolve(region->second))
            places.push_back({.area = area, .specificity = policy::Specificity::continent});
        return places;
    }
    const auto area = geo::Area::parse(node.text);
    if (area && geo::exists(*area)) {
        return {{.area = *area, .specificity = specificity_of(*area)}};
    }
    report_unknown(at);
    return {};
}

void Places::report_unknown(const Cursor& at) {
    const Node& node = at.node();
    const auto meant = geo::right_continent(node.text);
    if (node.kind == Node::Kind::null || (node.plain && !yaml_meaning(node.text).empty())) {
        const auto meaning = yaml_meaning(node.text);
        findings_.add(Rule::yaml_boolean, at,
                      "YAML reads " + (node.text.empty() ? "this" : std::string(node.text)) +
                          " as " + (meaning.empty() ? "nothing" : std::string(meaning)) +
                          "; geo codes are written with their continent, such as " +
                          (meant.empty() ? "EU-NO" : meant));
        return;
    }
    if (!node.is_scalar()) {
        findings_.add(Rule::wrong_type, at, "expected a geo code, not " + describe(node));
        return;
    }
    if (!meant.empty()) {
        findings_.add(Rule::undefined_geo, at,
                      "there is no place " + in_quotes(node.text) + "; write " + meant);
        return;
    }
    std::vector<std::string_view> known(names_);
    known.insert(known.end(), geo::all_areas().begin(), geo::all_areas().end());
    findings_.add(
        Rule::undefined_geo, at,
        "there is no place or region " + in_quotes(node.text) + did_you_mean(node.text, known));
}

policy::ClientSelector Places::read_selector(const Fields& target, std::string_view selects,
                                             int number, TakenPlaces& taken) {
    policy::ClientSelector selector;
    if (selects == "geoproximity") {
        selector.bias = static_cast<std::int8_t>(target.integer("bias"));
        if (target.find("location") == nullptr) {
            findings_.add(Rule::missing_selector, target.at(),
                          "a target of policy geoproximity says where it is: location: {lat: "
                          "50.11, lon: 8.68}");
        }
    }
    if (selects == "latency") read_latency_region(target, selector);
    if (selects == "geoproximity" || selects == "latency") {
        read_location(target, selector);
        return selector;
    }
    read_subnets(target, number, taken, selector);
    if (selects == "geolocation") {
        read_geos(target, number, taken, selector);
        read_asns(target, number, taken, selector);
        const Cursor* union_at = target.find("european_union");
        selector.european_union = union_at != nullptr && target.boolean("european_union");
        if (selector.european_union) {
            report_taken(*union_at, taken.take_european_union(number), number);
        }
    }
    const bool has_one = target.find("geos") != nullptr || target.find("asns") != nullptr ||
                         target.find("subnets") != nullptr || selector.european_union;
    if (!has_one) {
        findings_.add(
            Rule::missing_selector, target.at(),
            "a target of policy " + std::string(selects) + " says which clients it is for: " +
                (selects == "subnet" ? "subnets" : "geos, asns, subnets or european_union"));
    }
    return selector;
}

void Places::read_location(const Fields& target, policy::ClientSelector& selector) {
    const Cursor* at = target.find("location");
    if (at == nullptr) return;
    const Fields fields(*at, findings_, Grammar{Level::location});
    if (!fields.is_mapping()) return;
    (void)fields.has_required();  // which reports
    selector.location =
        geo::Coordinates{.latitude = fields.degrees("lat"), .longitude = fields.degrees("lon")};
}

void Places::read_latency_region(const Fields& target, policy::ClientSelector& selector) {
    const Cursor* at = target.find("region");
    if (at == nullptr) {
        findings_.add(Rule::missing_selector, target.at(),
                      "a target of policy latency says in which region of latency.table it is: "
                      "region: eu");
        return;
    }
    const auto name = read_text(*at, findings_);
    if (!name || latencies_ == nullptr) return;
    selector.region = latencies_->find_region(*name);
    if (selector.region) return;
    const std::vector<std::string_view> known(latencies_->regions().begin(),
                                              latencies_->regions().end());
    const auto hint = did_you_mean(*name, known);
    findings_.add(Rule::undefined_region, *at,
                  "latency.table has no row for region " + in_quotes(*name) +
                      (hint.empty() ? "; its regions: " + first_few(known) : hint));
}

void Places::read_subnets(const Fields& target, int number, TakenPlaces& taken,
                          policy::ClientSelector& selector) {
    for (const auto& item : target.list("subnets")) {
        const auto subnet = read_network(item, findings_);
        if (!subnet) continue;
        report_taken(item, taken.take_subnet(*subnet, number), number);
        selector.subnets.push_back(*subnet);
    }
}

void Places::read_geos(const Fields& target, int number, TakenPlaces& taken,
                       policy::ClientSelector& selector) {
    for (const auto& item : target.list("geos")) {
        const auto region = regions_.find(item.node().text);
        if (region != regions_.end()) region->second.used = true;
        for (const auto& place : read_places(item)) {
            report_taken(item, taken.take(place, number), number);
            selector.areas.push_back(place);
        }
    }
}

void Places::read_asns(const Fields& target, int number, TakenPlaces& taken,
                       policy::ClientSelector& selector) {
    static const Key& about = *find_key(Level::target, "asns");
    for (const auto& item : target.list("asns")) {
        const auto asn = read_integer(item, about, findings_);
        if (!asn) continue;
        const auto number_of_as = static_cast<std::uint32_t>(*asn);
        report_taken(item, taken.take_asn(number_of_as, number), number);
        selector.asns.push_back(number_of_as);
    }
}

void Places::report_taken(const Cursor& at, int by, int number) {
    if (by < 0) return;
    findings_.add(Rule::shadowed_target, at,
                  by == number ? "this target covers " + describe(at.node()) + " already"
                               : "targets[" + std::to_string(by) + "] takes all clients of " +
                                     describe(at.node()) + " already");
}

void Places::report_unused() const {
    for (const auto name : names_) {
        const auto& region = regions_.find(name)->second;
        if (region.used) continue;
        findings_.add_at_key(Rule::unused_region, region.at, "nothing refers to this region");
    }
}

}  // namespace fairlead::config
