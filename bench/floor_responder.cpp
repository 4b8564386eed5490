// SPDX-License-Identifier: Apache-2.0

// The least that a process behind PowerDNS's remote backend can do: one epoll thread, no JSON
// library, no policy, no health; every name has one address. What fairlead is measured against
// (bench/speed.py). It trusts its peer and answers nothing but what PowerDNS asks of a zone.
//
//     floor_responder SOCKET

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

namespace {

constexpr std::string_view kZone = "example.com.";

/// The text after `"key": "`, up to the next quote.
std::string_view text_of(std::string_view line, std::string_view key) {
    const auto at = line.find(key);
    if (at == std::string_view::npos) return {};
    const auto from = at + key.size();
    return line.substr(from, line.find('"', from) - from);
}

void append_record(std::string& out, std::string_view name, std::string_view rest) {
    out.append(R"({"result":[{"qname":")").append(name).append(rest).append("}]}\n");
}

void answer_lookup(std::string_view line, std::string& out) {
    const auto name = text_of(line, R"("qname": ")");
    const auto type = text_of(line, R"("qtype": ")");
    if (name == kZone && (type == "SOA" || type == "ANY")) {
        return append_record(out, name,
                             R"(","qtype":"SOA","content":"ns.example.net. h.example.net. 1 3600 )"
                             R"(600 86400 60","ttl":3600,"domain_id":0,"auth":1)");
    }
    if (name == kZone || (type != "ANY" && type != "A")) {
        out += "{\"result\":[]}\n";
        return;
    }
    append_record(out, name,
                  R"(","qtype":"A","content":"192.0.2.1","ttl":60,"domain_id":0,"auth":1,)"
                  R"("scopeMask":16)");
}

void answer(std::string_view line, std::string& out) {
    out.clear();
    const auto method = text_of(line, R"("method": ")");
    if (method == "lookup") return answer_lookup(line, out);
    if (method == "getAllDomains") {
        out = R"({"result":[{"id":0,"zone":"example.com.","serial":1}]})"
              "\n";
    } else {
        out = method == "initialize" ? "{\"result\":true}\n" : "{\"result\":false}\n";
    }
}

int listen_at(const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    if (bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listening, 512) != 0) {
        std::perror(path);
        std::exit(1);
    }
    return listening;
}

void watch(int epoll, int descriptor) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const int listening = listen_at(argv[1]);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listening);
    std::string reply;
    std::array<char, 65536> input{};
    for (;;) {
        std::array<epoll_event, 64> events{};
        const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < ready; ++i) {
            const int peer = events[static_cast<std::size_t>(i)].data.fd;
            if (peer == listening) {
                watch(epoll, accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
                continue;
            }
            const auto got = recv(peer, input.data(), input.size(), 0);
            if (got <= 0) {
                close(peer);
                continue;
            }
            answer({input.data(), static_cast<std::size_t>(got)}, reply);
            (void)!send(peer, reply.data(), reply.size(), MSG_NOSIGNAL);
        }
    }
}
