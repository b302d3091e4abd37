// Where HTTP tasks may connect to: rules for addresses and for hosts.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::http_task {

// False for every address that is not plainly of the public internet: loopback, private, link-local
// (cloud metadata services too), shared (CGNAT), multicast, reserved, documentation, unspecified,
// and IPv6 addresses that carry such an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo).
// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
bool IsPublicAddress(const sockaddr* address, socklen_t size_bytes);

// Whether a pattern admits the host. "api.example.com": that host; "*.example.com": every host
// below example.com, not itself; "*": every host. With ":8443" that port, with ":*" every port,
// without the scheme's own port only. Letters of either case are the same; IPv6 in brackets.
bool IsHostAllowed(const std::vector<std::string>& patterns, absl::string_view host, int port,
                   int default_port);

}  // namespace pawl::http_task
