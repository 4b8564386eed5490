// SPDX-License-Identifier: Apache-2.0

// The client of soak.py: asks at a steady rate, or as fast as it is answered, and holds every
// answer against a plain model of the configuration that soak.py writes. Nothing of fairlead is in
// here: the model was written from docs/policies.md, and is told by soak.py what it does to the
// world.
//
//     soak_client PORT RATE      at 127.0.0.1; RATE in questions a second, 0 = all it can
//
// Questions are for A, of a random /24 of the whole IPv4 address space (RFC 7871), at example.com:
//
//     wN   7 in 10   by continent: site N 70 %, the next one 30 %, for each the reserve when it is
//     down fN   5 in 20   the same for everybody: Europe's site N, or the reserve; PowerDNS caches
//     these xN   1 in 20   a name that is not there
//
// Standard input has a line for each thing; a change is announced before it is made. Times are
// seconds of the monotonic clock. At its end the client ends.
//
//     go                                    begin to ask; what there is at first stands before
//     site CONTINENT N ADDRESS              where continents are 0 (Europe), 1 (North America), 2
//     reserve CONTINENT GENERATION ADDRESS
//     up N 0|1 BEGUN FRESH CACHED           a site of all continents goes, or comes
//     generation 0|1 BEGUN FRESH CACHED     another configuration
//     restarting 0|1 BEGUN FRESH CACHED     PowerDNS is not there, or is again
//
// From BEGUN on the new value is possible. The old one is possible until FRESH, for names that are
// cached until CACHED. The same value again says only when it will have settled.
//
// Standard output has a line for each of the first faults, then one of JSON with what was counted.

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/dns_question.h"

namespace {

constexpr std::size_t kSockets = 8;
constexpr std::size_t kWindow = 16;  // questions under way on each
constexpr unsigned kNames = 100;
constexpr double kPatience = 2;   // seconds until an answer is lost
constexpr double kBehind = 0.05;  // seconds; more is not caught up with, which would be a burst
constexpr std::size_t kFaultsShown = 20;
constexpr std::size_t kContinents = 3;

using Address = std::uint32_t;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string text_of(Address address) {
    const in_addr raw{.s_addr = htonl(address)};
    std::array<char, INET_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET, &raw, text.data(), text.size());
}

enum class Kind : std::uint8_t { fresh, cached, absent };

/// Which of its two values something had when.
class History {
  public:
    void change(unsigned value, double begun, double fresh, double cached) {
        if (!changes_.empty() && changes_.back().value == value) {
            changes_.back().fresh = fresh;
            changes_.back().cached = cached;
            return;
        }
        changes_.push_back({value, begun, fresh, cached});
        if (changes_.size() > kKept) changes_.pop_front();
    }

    /// Bit V: value V may show in an answer that was asked for, and came, at these times.
    [[nodiscard]] unsigned possible(double asked, double came, Kind kind) const {
        unsigned values = 0;
        for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
            if (change->begun <= came) values |= 1U << change->value;
            if ((kind == Kind::cached ? change->cached : change->fresh) <= asked) break;
        }
        return values;
    }

  private:
    struct Change {
        unsigned value;
        double begun, fresh, cached;
    };
    static constexpr std::size_t kKept = 16;
    std::deque<Change> changes_;
};

struct Question {
    Kind kind = Kind::fresh;
    unsigned name = 0;
    std::uint32_t network = 0;  // a /24
    double asked = 0;

    [[nodiscard]] std::string label() const {
        return "wfx"[static_cast<int>(kind)] + std::to_string(name);
    }
    [[nodiscard]] std::size_t continent() const {
        if (kind != Kind::fresh) return 0;
        return std::min<std::size_t>(network >> 30U, kContinents - 1);
    }
};

/// What a reply has that is judged.
struct Reply {
    unsigned rcode = 0;
    std::vector<Address> addresses;
    int scope = -1;  // of the client subnet; -1: there is none
};

/// The world as soak.py makes it, and which answers are right in it.
class World {
  public:
    World() {
        generation_.change(0, 0, 0, 0);
        restarting_.change(0, 0, 0, 0);
    }

    void read(const std::string& line) {
        std::istringstream in(line);
        std::string what;
        in >> what;
        if (what == "site" || what == "reserve") {
            std::size_t continent = 0;
            std::size_t number = 0;
            std::string address;
            in >> continent >> number >> address;
            in_addr raw{};
            inet_pton(AF_INET, address.c_str(), &raw);
            auto& list = (what == "site" ? sites_ : reserves_).at(continent);
            list.resize(std::max(list.size(), number + 1));
            list[number] = ntohl(raw.s_addr);
            if (what == "site") up_.try_emplace(number).first->second.change(1, 0, 0, 0);
            return;
        }
        std::size_t number = 0;
        if (what == "up") in >> number;
        unsigned value = 0;
        double begun = 0;
        double fresh = 0;
        double cached = 0;
        in >> value >> begun >> fresh >> cached;
        if (!in) std::exit(2);
        History& history = what == "up"           ? up_.at(number)
                           : what == "generation" ? generation_
                                                  : restarting_;
        history.change(value, begun, fresh, cached);
    }

    [[nodiscard]] bool restarting(double asked, double came) const {
        return (restarting_.possible(asked, came, Kind::fresh) & 2U) != 0;
    }

    /// Empty when the answer is right, else what is wrong with it.
    std::string judge(const Question& question, const Reply& reply, double came) {
        if (question.kind == Kind::absent) {
            return reply.rcode == 3 && reply.addresses.empty() ? "" : "it is not there";
        }
        if (reply.rcode != 0) return "rcode " + std::to_string(reply.rcode);
        if (reply.addresses.size() != 1) {
            return std::to_string(reply.addresses.size()) + " addresses";
        }
        // Europe and North America are a quarter of all addresses each, the rest is a half.
        const std::array<int, kContinents> narrow{2, 2, 1};
        const bool scope_is_right = question.kind == Kind::cached
                                        ? reply.scope == 0 || reply.scope == 1
                                        : reply.scope == narrow.at(question.continent());
        if (!scope_is_right) return "scope " + std::to_string(reply.scope);
        return judge_address(question, reply.addresses[0], came);
    }

    std::size_t certain = 0;  // answers with one state of the world in which they could be right
    std::array<std::size_t, 2> drawn{};  // the branch of 70 %, and that of 30 %, of wN

  private:
    std::string judge_address(const Question& question, Address got, double came) {
        const std::size_t continent = question.continent();
        const auto& sites = sites_.at(continent);
        const unsigned generations = generation_.possible(question.asked, came, question.kind);
        bool right = false;
        std::size_t possible = 0;
        std::string expected;
        const auto expect = [&](Address address) {
            ++possible;
            right |= got == address;
            expected += ' ' + text_of(address);
        };
        const std::size_t branches = question.kind == Kind::cached ? 1 : 2;
        for (std::size_t i = 0; i < branches; ++i) {
            const std::size_t site = (question.name + i) % sites.size();
            const unsigned up = up_.at(site).possible(question.asked, came, question.kind);
            if ((up & 2U) != 0) expect(sites[site]);
            if ((up & 1U) == 0) continue;
            for (unsigned generation = 0; generation < 2; ++generation) {
                if ((generations >> generation & 1U) != 0) {
                    expect(reserves_.at(continent).at(generation));
                }
            }
        }
        if (!right) return text_of(got) + ", not one of" + expected;
        certain += possible == branches ? 1U : 0U;
        if (possible == 2 && branches == 2) count_draw(question, got);
        return {};
    }

    /// Where both sites are up, and so tell which branch was drawn.
    void count_draw(const Question& question, Address got) {
        const auto& sites = sites_.at(question.continent());
        std::array<std::size_t, 2> site{question.name % sites.size(),
                                        (question.name + 1) % sites.size()};
        for (std::size_t i : site) {
            if (up_.at(i).possible(question.asked, question.asked, Kind::fresh) != 2) return;
        }
        for (std::size_t i = 0; i < 2; ++i)
            drawn.at(i) += got == sites[site.at(i)] ? 1U : 0U;
    }

    std::array<std::vector<Address>, kContinents> sites_, reserves_;
    std::map<std::size_t, History> up_;
    History generation_, restarting_;
};

// ---- DNS on the wire ----

/// Reads as much as PowerDNS's replies to such questions need; what is cut short has less.
class Reader {
  public:
    Reader(const unsigned char* data, std::size_t size) : data_(data), size_(size) {}

    Reply reply() {
        Reply reply;
        reply.rcode = data_[3] & 0xfU;
        const unsigned questions = at16(4);
        const unsigned answers = at16(6);
        const unsigned records = answers + at16(8) + at16(10);
        place_ = 12;
        for (unsigned i = 0; i < questions; ++i) {
            skip_name();
            place_ += 4;
        }
        for (unsigned i = 0; i < records && place_ + 10 <= size_; ++i)
            take_record(reply, i < answers);
        return reply;
    }

  private:
    [[nodiscard]] unsigned at16(std::size_t place) const {
        return place + 2 <= size_ ? data_[place] * 256U + data_[place + 1] : 0;
    }
    void skip_name() {
        while (place_ < size_ && data_[place_] != 0 && data_[place_] < 0xc0U)
            place_ += data_[place_] + 1U;
        place_ += place_ < size_ && data_[place_] >= 0xc0U ? 2 : 1;
    }
    void take_record(Reply& reply, bool is_answer) {
        skip_name();
        const unsigned type = at16(place_);
        const unsigned length = at16(place_ + 8);
        const std::size_t data = place_ + 10;
        place_ = data + length;
        if (place_ > size_) return;
        if (type == 1 && length == 4 && is_answer) {
            reply.addresses.push_back(at16(data) << 16U | at16(data + 2));
        }
        if (type == 41 && length >= 8 && at16(data) == 8) reply.scope = data_[data + 7];
    }

    const unsigned char* data_;
    std::size_t size_;
    std::size_t place_ = 0;
};

// ---- asking ----

/// What was counted, and the first faults.
struct Account {
    std::size_t asked = 0;
    std::size_t judged = 0;
    std::size_t excused = 0;  // lost or SERVFAIL while PowerDNS was being restarted
    std::size_t faults = 0;
    std::array<std::size_t, 1 + static_cast<std::size_t>(kPatience * 1e4)> latencies{};  // 100 us

    void fault(const Question& question, const std::string& what) {
        if (++faults > kFaultsShown) return;
        std::printf("%s for %s asked at %.3f: %s\n", question.label().c_str(),
                    text_of(question.network).c_str(), question.asked, what.c_str());
    }
    void answered_in(double seconds) {
        ++latencies.at(std::min(static_cast<std::size_t>(seconds * 1e4), latencies.size() - 1));
    }
    [[nodiscard]] double percentile_ms(double share) const {
        std::size_t sum = 0;
        for (std::size_t i = 0; i < latencies.size(); ++i) {
            sum += latencies.at(i);
            if (static_cast<double>(sum) >= share * static_cast<double>(judged)) {
                return static_cast<double>(i + 1) / 10;
            }
        }
        return kPatience * 1000;
    }
};

/// One UDP socket and its questions under way; an id is a slot, and how often it was used.
class Asker {
  public:
    explicit Asker(std::uint16_t port) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        server_.sin_family = AF_INET;
        server_.sin_port = htons(port);
        server_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        // Else the port would be taken on every address, and be missing to some server of another
        // test.
        sockaddr_in own{};
        own.sin_family = AF_INET;
        own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0)
            throw std::system_error(errno, std::generic_category(), "a socket to ask from");
    }
    [[nodiscard]] int descriptor() const { return socket_; }
    [[nodiscard]] bool idle() const {
        return std::ranges::none_of(slots_, [](const Slot& slot) { return slot.waiting; });
    }

    /// Asks on a free slot; false when there is none.
    bool ask(const Question& question) {
        const auto free = std::ranges::find(slots_, false, &Slot::waiting);
        if (free == slots_.end()) return false;
        *free = {.waiting = true,
                 .turn = static_cast<std::uint16_t>(free->turn + 1),
                 .question = question};
        const auto slot = static_cast<std::size_t>(free - slots_.begin());
        const auto id = static_cast<std::uint16_t>(free->turn * kWindow + slot);
        const auto packet = fairlead::dns_question(id, question.label(), question.network);
        (void)!sendto(socket_, packet.data(), packet.size(), 0,
                      reinterpret_cast<sockaddr*>(&server_), sizeof server_);
        return true;
    }

    /// `take`: for each question that has its reply. World must know of all changes that happened
    /// before a reply came, so replies are read first, and announcements then.
    template <typename Take>
    void receive(const Take& take) {
        std::array<unsigned char, 4096> data{};
        for (;;) {
            const auto got = recv(socket_, data.data(), data.size(), 0);
            if (got < 12) return;
            const unsigned id = data[0] * 256U + data[1];
            Slot& slot = slots_[id % kWindow];
            if (!slot.waiting || slot.turn % (65536 / kWindow) != id / kWindow) continue;
            slot.waiting = false;
            take(slot.question, Reader(data.data(), static_cast<std::size_t>(got)).reply());
        }
    }

    template <typename Lose>
    void give_up(double time, const Lose& lose) {
        for (Slot& slot : slots_) {
            if (!slot.waiting || time - slot.question.asked < kPatience) continue;
            slot.waiting = false;
            lose(slot.question);
        }
    }

  private:
    struct Slot {
        bool waiting = false;
        std::uint16_t turn = 0;
        Question question;
    };
    int socket_;
    sockaddr_in server_{};
    std::array<Slot, kWindow> slots_{};
};

class Client {
  public:
    Client(std::uint16_t port, double rate) : rate_(rate) {
        for (std::size_t i = 0; i < kSockets; ++i)
            askers_.emplace_back(port);
        fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    }

    void run() {
        while (!over_) {
            if (begun_ > 0) ask();
            listen();
        }
        const double asked_for = now() - begun_;
        while (std::ranges::any_of(askers_, [](const Asker& asker) { return !asker.idle(); }))
            listen();
        report(asked_for);
    }

  private:
    void ask() {
        const double time = now();
        // pace_: when the next question is due.
        if (rate_ > 0 && pace_ < time - kBehind) pace_ = time - kBehind;
        for (Asker& asker : askers_) {
            while (rate_ == 0 || pace_ <= time) {
                if (!asker.ask(question(time))) break;
                ++account_.asked;
                if (rate_ > 0) pace_ += 1 / rate_;
            }
        }
    }

    Question question(double time) {
        const auto random = random_();
        const auto dice = random % 20;
        return {.kind = dice < 14   ? Kind::fresh
                        : dice < 19 ? Kind::cached
                                    : Kind::absent,
                .name = static_cast<unsigned>(random >> 8U & 0xffffU) % kNames,
                .network = static_cast<std::uint32_t>(random >> 32U) & 0xffffff00U,
                .asked = time};
    }

    void listen() {
        std::array<pollfd, kSockets> waiting{};
        for (std::size_t i = 0; i < kSockets; ++i)
            waiting.at(i) = {.fd = askers_[i].descriptor(), .events = POLLIN, .revents = 0};
        (void)poll(waiting.data(), waiting.size(), 1);
        replies_.clear();
        const auto keep = [&](const Question& question, Reply&& reply) {
            replies_.emplace_back(question, std::move(reply));
        };
        for (Asker& asker : askers_)
            asker.receive(keep);
        const double came = now();
        read_announcements();
        for (const auto& [question, reply] : replies_)
            take(question, reply, came);
        for (Asker& asker : askers_) {
            asker.give_up(came, [&](const Question& question) {
                if (world_.restarting(question.asked, came)) {
                    ++account_.excused;
                } else {
                    account_.fault(question, "no answer");
                }
            });
        }
    }

    void take(const Question& question, const Reply& reply, double came) {
        ++account_.judged;
        account_.answered_in(came - question.asked);
        if (reply.rcode == 2 && world_.restarting(question.asked, came)) {
            ++account_.excused;
            return;
        }
        const auto wrong = world_.judge(question, reply, came);
        if (!wrong.empty()) account_.fault(question, wrong);
    }

    void read_announcements() {
        std::array<char, 4096> data{};
        for (;;) {
            const auto got = read(STDIN_FILENO, data.data(), data.size());
            if (got == 0) over_ = true;
            if (got <= 0) break;
            heard_.append(data.data(), static_cast<std::size_t>(got));
        }
        for (std::size_t end = 0; (end = heard_.find('\n')) != std::string::npos;) {
            const auto line = heard_.substr(0, end);
            if (line == "go") {
                begun_ = pace_ = now();
            } else {
                world_.read(line);
            }
            heard_.erase(0, end + 1);
        }
    }

    void report(double seconds) {
        std::printf(
            "{\"asked\": %zu, \"judged\": %zu, \"certain\": %zu, \"excused\": %zu, "
            "\"faults\": %zu, \"first\": %zu, \"second\": %zu, \"a_second\": %.0f, "
            "\"median_ms\": %.1f, \"p99_ms\": %.1f}\n",
            account_.asked, account_.judged, world_.certain, account_.excused, account_.faults,
            world_.drawn[0], world_.drawn[1], static_cast<double>(account_.judged) / seconds,
            account_.percentile_ms(0.5), account_.percentile_ms(0.99));
    }

    double rate_;
    double begun_ = 0;
    double pace_ = 0;
    bool over_ = false;
    std::vector<Asker> askers_;
    std::vector<std::pair<Question, Reply>> replies_;
    std::string heard_;
    std::mt19937_64 random_{7};
    World world_;
    Account account_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    Client(static_cast<std::uint16_t>(std::strtoul(argv[1], nullptr, 10)),
           std::strtod(argv[2], nullptr))
        .run();
    return 0;
}
