// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which other names' answers show what stands at a name, so that these are old when it changes.
//
// A name server that is asked for a CNAME answers with its target's addresses too, and puts those
// of mail servers, name servers and services beside the records that name them (additional
// section). A cache keeps all that under the name that was asked for:
//
//     shop.example.com.  CNAME  www.example.com.       www changes: shop is old
//     example.com.       MX     10 mail.example.com.   mail changes: the MX of example.com is old
//     sub.example.com.   NS     ns.example.com.        ns changes: all below sub is old
//
// So it is with the CNAMEs that a policy may choose. Every word of a record's content that can be a
// name counts as one: to take too much for a reference costs a little, and no list of types is
// there to fall behind.
//
// Thread rule: const after construction.

#include <unordered_map>
#include <vector>

#include "base/dns_name.h"
#include "policy/catalog.h"

namespace fairlead::policy {

class Referrers {
  public:
    /// `catalog` must outlive this object. O(static records).
    explicit Referrers(const Catalog& catalog);

    /// `names`, then every name that refers to one of them, directly or through others.
    [[nodiscard]] std::vector<RecordSetIndex> reached_from(std::vector<RecordSetIndex> names) const;

  private:
    const Catalog& catalog_;
    std::unordered_map<DnsName, std::vector<RecordSetIndex>> of_;  // who refers to this name
    std::vector<RecordSetIndex> rewriting_;                        // DNAMEs lead anywhere
};

/// True when what stands at `records` answers for names below it too: a delegation, a DNAME.
[[nodiscard]] bool answers_below(const Catalog& catalog, const RecordSet& records);

}  // namespace fairlead::policy
