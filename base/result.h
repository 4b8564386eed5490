// SPDX-License-Identifier: Apache-2.0
#pragma once

// How a function says that it could not do its work: by value, never by exception.
//
// Result<T> holds a T or an Error. Only `if (r)`, `*r`, `r->` and `r.error()` are used, so that
// std::expected (C++23) can take its place by changing this file alone.

#include <boost/system/result.hpp>
#include <ostream>
#include <string>

namespace fairlead {

/// One sentence for a human: what was wrong and, where there is one, the remedy.
struct Error {
    std::string message;

    friend std::ostream& operator<<(std::ostream& out, const Error& error) {
        return out << error.message;
    }
};

template <typename T>
using Result = boost::system::result<T, Error>;

/// Needed by boost::system::result for value(), which this project does not call.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location& where) {
    boost::throw_with_location(std::runtime_error(error.message), where);
}

}  // namespace fairlead
