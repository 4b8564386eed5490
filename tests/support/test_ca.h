// SPDX-License-Identifier: Apache-2.0
#pragma once

// A certificate authority for one test: makes real certificates, good and bad ones.
// Thread rule: immutable after construction.

#include <memory>
#include <string>
#include <vector>

namespace fairlead::test {

/// Certificate (and what signed it, if any) and private key, PEM.
struct Identity {
    std::string certificate_pem;
    std::string key_pem;
};

struct CertificateRequest {
    std::string common_name = "test";
    std::vector<std::string> dns_names;
    std::vector<std::string> addresses;
    long valid_from_s = -3600;  // seconds from now
    long valid_to_s = 3600;
};

class TestCa {
  public:
    explicit TestCa(const std::string& name = "Test CA");
    ~TestCa();
    TestCa(const TestCa&) = delete;
    TestCa& operator=(const TestCa&) = delete;

    [[nodiscard]] Identity issue(const CertificateRequest& request) const;
    [[nodiscard]] const std::string& certificate_pem() const;

    /// A certificate that nobody but itself vouches for.
    [[nodiscard]] static Identity self_signed(const CertificateRequest& request);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// A file that holds `text` and goes away with this object.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& text);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace fairlead::test
