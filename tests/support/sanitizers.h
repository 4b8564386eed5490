// SPDX-License-Identifier: Apache-2.0
#pragma once

// Whether a sanitizer watches the test, which g++ and clang say each in its own way. Sanitizers
// keep memory that has been freed, so what a process takes says nothing of the program;
// AddressSanitizer looks for leaks, too.

#if defined(__SANITIZE_ADDRESS__)
#define FAIRLEAD_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAIRLEAD_ADDRESS_SANITIZER
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define FAIRLEAD_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FAIRLEAD_THREAD_SANITIZER
#endif
#endif

namespace fairlead {

#if defined(FAIRLEAD_ADDRESS_SANITIZER) || defined(FAIRLEAD_THREAD_SANITIZER)
inline constexpr bool kMemoryIsTheProgramsOwn = false;
#else
inline constexpr bool kMemoryIsTheProgramsOwn = true;
#endif

}  // namespace fairlead
