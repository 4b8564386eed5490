// SPDX-License-Identifier: Apache-2.0
#pragma once

// Catch2 in whichever major version the platform has (v2 on Debian 12, v3 on Debian 13 and
// Ubuntu 24.04).
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
