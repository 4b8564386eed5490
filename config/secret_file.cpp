// SPDX-License-Identifier: Apache-2.0
#include "config/secret_file.h"

#include <system_error>

namespace fairlead::config {

namespace fs = std::filesystem;

Result<void> is_secret(const fs::path& file, const SecretFileLimits& limits) {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (status.type() != fs::file_type::regular) return Error{"is not a file"};
    if (fs::file_size(file, error) > limits.bytes_max || error) return Error{"is too large"};
    if ((status.permissions() & limits.forbidden) != fs::perms::none) {
        return Error{limits.complaint};
    }
    return {};
}

}  // namespace fairlead::config
