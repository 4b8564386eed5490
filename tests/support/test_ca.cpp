// SPDX-License-Identifier: Apache-2.0
#include "tests/support/test_ca.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace fairlead::test {
namespace {

template <auto free_function>
struct Freed {
    template <typename T>
    void operator()(T* object) const {
        free_function(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;

std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem(X509& certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), &certificate);
    return text_of(*bio);
}

std::string pem(EVP_PKEY& key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(*bio);
}

void add_extension(X509& certificate, int nid, const std::string& value) {
    const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    if (!extension) throw std::runtime_error("bad extension: " + value);
    X509_add_ext(&certificate, extension.get(), -1);
}

std::string alternative_names(const CertificateRequest& request) {
    std::string names;
    for (const auto& name : request.dns_names)
        names += ",DNS:" + name;
    for (const auto& address : request.addresses)
        names += ",IP:" + address;
    return names.empty() ? names : names.substr(1);
}

void set_serial(X509& certificate) {
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(&certificate), serial);
}

Certificate unsigned_certificate(const CertificateRequest& request, EVP_PKEY& key) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    set_serial(*certificate);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.valid_to_s);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(request.common_name.c_str()),
                               -1, -1, 0);
    const auto names = alternative_names(request);
    if (!names.empty()) add_extension(*certificate, NID_subject_alt_name, names);
    return certificate;
}

void sign(X509& certificate, X509& issuer, EVP_PKEY& issuer_key) {
    X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer));
    if (X509_sign(&certificate, &issuer_key, EVP_sha256()) == 0) {
        throw std::runtime_error("cannot sign a test certificate");
    }
}

}  // namespace

struct TestCa::Impl {
    Key key{EVP_EC_gen("P-256")};
    Certificate certificate;
    std::string certificate_pem;
};

TestCa::TestCa(const std::string& name) : impl_(std::make_unique<Impl>()) {
    impl_->certificate = unsigned_certificate({.common_name = name}, *impl_->key);
    add_extension(*impl_->certificate, NID_basic_constraints, "critical,CA:TRUE");
    sign(*impl_->certificate, *impl_->certificate, *impl_->key);
    impl_->certificate_pem = pem(*impl_->certificate);
}

TestCa::~TestCa() = default;

Identity TestCa::issue(const CertificateRequest& request) const {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = unsigned_certificate(request, *key);
    sign(*certificate, *impl_->certificate, *impl_->key);
    return {.certificate_pem = pem(*certificate), .key_pem = pem(*key)};
}

const std::string& TestCa::certificate_pem() const {
    return impl_->certificate_pem;
}

Identity TestCa::self_signed(const CertificateRequest& request) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = unsigned_certificate(request, *key);
    sign(*certificate, *certificate, *key);
    return {.certificate_pem = pem(*certificate), .key_pem = pem(*key)};
}

TemporaryFile::TemporaryFile(const std::string& text)
    : path_((std::filesystem::temp_directory_path() / "fairlead-test-XXXXXX").string()) {
    const int file = mkstemp(path_.data());
    if (file < 0) throw std::runtime_error("cannot make a temporary file");
    close(file);
    std::ofstream(path_) << text;
}

TemporaryFile::~TemporaryFile() {
    unlink(path_.c_str());
}

}  // namespace fairlead::test
