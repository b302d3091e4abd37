#include "engine/http_task/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace pawl::http_task {
namespace {

struct Ipv4Block {
  uint32_t network;
  int prefix_bits;
};

constexpr uint32_t Ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Ipv4Block kSpecialIpv4[] = {
    {Ip(0, 0, 0, 0), 8},        // this network
    {Ip(10, 0, 0, 0), 8},       // private
    {Ip(100, 64, 0, 0), 10},    // shared (CGNAT)
    {Ip(127, 0, 0, 0), 8},      // loopback
    {Ip(169, 254, 0, 0), 16},   // link-local
    {Ip(172, 16, 0, 0), 12},    // private
    {Ip(192, 0, 0, 0), 24},     // protocol assignments
    {Ip(192, 0, 2, 0), 24},     // documentation
    {Ip(192, 31, 196, 0), 24},  // AS112
    {Ip(192, 52, 193, 0), 24},  // AMT
    {Ip(192, 88, 99, 0), 24},   // 6to4 relays
    {Ip(192, 168, 0, 0), 16},   // private
    {Ip(192, 175, 48, 0), 24},  // AS112
    {Ip(198, 18, 0, 0), 15},    // benchmarks
    {Ip(198, 51, 100, 0), 24},  // documentation
    {Ip(203, 0, 113, 0), 24},   // documentation
    {Ip(224, 0, 0, 0), 4},      // multicast
    {Ip(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool IsPublicIpv4(uint32_t ip) {
  for (const Ipv4Block& block : kSpecialIpv4) {
    if ((ip ^ block.network) >> (32 - block.prefix_bits) == 0) return false;
  }
  return true;
}

bool HasPrefix(const uint8_t* ip, std::initializer_list<uint8_t> prefix) {
  return std::memcmp(ip, prefix.begin(), prefix.size()) == 0;
}

uint32_t Ipv4At(const uint8_t* bytes) { return Ip(bytes[0], bytes[1], bytes[2], bytes[3]); }

// Only 2000::/3 is global unicast; within it some blocks are special, and some carry IPv4.
bool IsPublicIpv6(const uint8_t* ip) {
  const bool is_mapped = HasPrefix(ip, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
  if (is_mapped) return IsPublicIpv4(Ipv4At(ip + 12));
  const bool is_nat64 = HasPrefix(ip, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0});
  if (is_nat64) return IsPublicIpv4(Ipv4At(ip + 12));
  if ((ip[0] & 0xe0) != 0x20) return false;
  if (HasPrefix(ip, {0x20, 0x02})) return IsPublicIpv4(Ipv4At(ip + 2));  // 6to4
  if (HasPrefix(ip, {0x20, 0x01}) && ip[2] < 0x02) return false;  // 2001::/23: Teredo, ORCHID, ...
  if (HasPrefix(ip, {0x20, 0x01, 0x0d, 0xb8})) return false;      // documentation
  if (HasPrefix(ip, {0x3f, 0xff}) && ip[2] < 0x10) return false;  // documentation
  return true;
}

bool Matches(absl::string_view pattern, absl::string_view host, int port, int default_port) {
  std::string wanted_port = absl::StrCat(default_port);
  const size_t bracket = pattern.rfind(']');
  const size_t colon = pattern.rfind(':');
  if (colon != absl::string_view::npos && (bracket == absl::string_view::npos || colon > bracket)) {
    wanted_port = std::string(pattern.substr(colon + 1));
    pattern = pattern.substr(0, colon);
  }
  if (wanted_port != "*" && wanted_port != absl::StrCat(port)) return false;
  if (pattern == "*") return true;
  if (absl::ConsumePrefix(&pattern, "*")) {
    return pattern.size() > 1 && pattern[0] == '.' && host.size() > pattern.size() &&
           absl::EndsWithIgnoreCase(host, pattern);
  }
  return !pattern.empty() && absl::EqualsIgnoreCase(host, pattern);
}

}  // namespace

bool IsPublicAddress(const sockaddr* address, socklen_t size_bytes) {
  if (address->sa_family == AF_INET && size_bytes >= sizeof(sockaddr_in)) {
    sockaddr_in in = {};
    std::memcpy(&in, address, sizeof(in));
    return IsPublicIpv4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6 && size_bytes >= sizeof(sockaddr_in6)) {
    sockaddr_in6 in = {};
    std::memcpy(&in, address, sizeof(in));
    return IsPublicIpv6(in.sin6_addr.s6_addr);
  }
  return false;
}

bool IsHostAllowed(const std::vector<std::string>& patterns, absl::string_view host, int port,
                   int default_port) {
  host = absl::StripSuffix(host, ".");
  for (const std::string& pattern : patterns) {
    if (Matches(pattern, host, port, default_port)) return true;
  }
  return false;
}

}  // namespace pawl::http_task
