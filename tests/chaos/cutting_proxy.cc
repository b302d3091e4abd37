#include "tests/chaos/cutting_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "absl/strings/string_view.h"

namespace pawl::chaos {
namespace {

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

// With a reset, as a machine that is gone.
void Reset(int fd) {
  const linger now = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd);
}

bool SendAll(int fd, const char* data, ssize_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, data, static_cast<size_t>(size), MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= n;
  }
  return true;
}

}  // namespace

struct CuttingProxy::Pair {
  int client = -1;
  int server = -1;
  bool is_dead = false;
};

CuttingProxy::CuttingProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  listen(listener_, 64);
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Run(); });
}

CuttingProxy::~CuttingProxy() {
  is_stopping_ = true;
  thread_.join();
  close(listener_);
}

void CuttingProxy::Run() {
  std::vector<Pair> pairs;
  std::vector<char> buffer(1 << 16);
  while (!is_stopping_) {
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs) {
      waiting.push_back({pair.client, POLLIN, 0});
      waiting.push_back({pair.server, POLLIN, 0});
    }
    poll(waiting.data(), waiting.size(), 50);
    for (size_t i = 0; i < pairs.size(); ++i) {
      Pair& pair = pairs[i];
      for (const bool from_client : {true, false}) {
        if (pair.is_dead || (waiting[1 + 2 * i + (from_client ? 0 : 1)].revents == 0)) continue;
        const ssize_t n =
            recv(from_client ? pair.client : pair.server, buffer.data(), buffer.size(), 0);
        if (n <= 0) {
          pair.is_dead = true;
          break;
        }
        const absl::string_view bytes(buffer.data(), static_cast<size_t>(n));
        if (!SendAll(from_client ? pair.server : pair.client, buffer.data(), n))
          pair.is_dead = true;
        if (from_client && bytes.find("COMMIT") != absl::string_view::npos &&
            wants_cut_.exchange(false)) {
          // The server has it; nobody will hear its answer.
          ++cuts_;
          pair.is_dead = true;
        }
      }
      if (pair.is_dead) {
        Reset(pair.client);
        // Gently on this side: a reset could overtake the COMMIT.
        shutdown(pair.server, SHUT_WR);
        close(pair.server);
      }
    }
    pairs.erase(std::remove_if(pairs.begin(), pairs.end(), [](const Pair& p) { return p.is_dead; }),
                pairs.end());
    if (waiting[0].revents != 0) {
      Pair pair;
      pair.client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      pair.server = Connect(server_port_);
      if (pair.client >= 0 && pair.server >= 0) {
        pairs.push_back(pair);
      } else {
        if (pair.client >= 0) close(pair.client);
        if (pair.server >= 0) close(pair.server);
      }
    }
  }
  for (const Pair& pair : pairs) {
    close(pair.client);
    close(pair.server);
  }
}

}  // namespace pawl::chaos
