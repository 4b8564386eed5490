// SPDX-License-Identifier: Apache-2.0
#include "checks/publication.h"

#include "tests/support/catch.h"

namespace fairlead::checks {
namespace {

using namespace std::chrono_literals;

const TimePoint kNow{1h};

TEST_CASE("a verdict after a quiet time is published at once", "[checks][publication]") {
    Publication publication;
    CHECK(publication.due() == TimePoint::max());
    publication.note_verdict(kNow);
    CHECK(publication.due() == kNow);
    publication.note_published(kNow);
    CHECK(publication.due() == TimePoint::max());
}

TEST_CASE("a burst of verdicts shares one snapshot within ten milliseconds",
          "[checks][publication]") {
    Publication publication;
    publication.note_published(kNow);
    publication.note_verdict(kNow + 1ms);
    const TimePoint due = publication.due();
    CHECK(due > kNow + 1ms);
    CHECK(due <= kNow + 11ms);
    publication.note_verdict(kNow + 2ms);
    CHECK(publication.due() == due);
}

TEST_CASE("evidence alone is published at most once a second", "[checks][publication]") {
    Publication publication;
    publication.note_published(kNow);
    publication.note_evidence(kNow + 10ms);
    publication.note_evidence(kNow + 20ms);
    CHECK(publication.due() == kNow + 1s);
    publication.note_verdict(kNow + 30ms);
    CHECK(publication.due() == kNow + 30ms);
    publication.note_evidence(kNow + 31ms);
    CHECK(publication.due() == kNow + 30ms);
}

}  // namespace
}  // namespace fairlead::checks
