// SPDX-License-Identifier: Apache-2.0
#pragma once

// A process with too many files open, for tests of what happens then. Thread rule: for the whole
// process; others must not open any meanwhile that they do not count.

#include <sys/resource.h>
#include <unistd.h>

namespace fairlead::backend {

class ScarceDescriptors {
  public:
    /// From here on so many can be opened, and no more.
    explicit ScarceDescriptors(unsigned left) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit scarce = before_;
        scarce.rlim_cur = nth_free(left) + 1;
        ::setrlimit(RLIMIT_NOFILE, &scarce);
    }
    ~ScarceDescriptors() { end(); }
    ScarceDescriptors(const ScarceDescriptors&) = delete;
    ScarceDescriptors& operator=(const ScarceDescriptors&) = delete;

    void end() const { ::setrlimit(RLIMIT_NOFILE, &before_); }

  private:
    /// The number that the one after `count` - 1 others will get.
    static rlim_t nth_free(unsigned count) {
        const int number = ::dup(STDERR_FILENO);
        const rlim_t found = count <= 1 ? static_cast<rlim_t>(number) : nth_free(count - 1);
        ::close(number);
        return found;
    }

    rlimit before_{};
};

}  // namespace fairlead::backend
