// Clients that ask for large answers and do not read them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/http/server.h"
#include "gtest/gtest.h"
#include "tests/support/http_client.h"

namespace pawl::http {
namespace {

constexpr size_t kAnswerBytes = size_t{8} << 20;  // more than sockets hold

// Sends one request, and reads what came of it only when it is asked to.
class SilentReader {
 public:
  explicit SilentReader(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    const int bytes = 4096;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string request = "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(send(socket_, request.data(), request.size(), 0),
              static_cast<ssize_t>(request.size()));
    char first = 0;
    EXPECT_EQ(recv(socket_, &first, 1, MSG_PEEK), 1);  // the answer is being written
  }
  SilentReader(const SilentReader&) = delete;
  SilentReader& operator=(const SilentReader&) = delete;
  ~SilentReader() { close(socket_); }

  size_t Read() const {
    std::vector<char> buffer(size_t{1} << 20);
    size_t total = 0;
    for (ssize_t n = 0; (n = recv(socket_, buffer.data(), buffer.size(), 0)) > 0;) {
      total += static_cast<size_t>(n);
    }
    return total;
  }

 private:
  const int socket_;
};

TEST(SilentReaders, GiveWayWhenAnswersTogetherAreTooLarge) {
  ServerOptions options;
  options.max_total_answer_bytes = 2 * kAnswerBytes;
  options.write_timeout = absl::Minutes(10);  // it is not the time that closes them
  auto server = Server::Start("127.0.0.1:0", options, [](const Request&, const Respond& respond) {
    respond({200, "text/plain", std::string(kAnswerBytes, 'x'), {}});
  });
  ASSERT_TRUE(server.ok()) << server.status();
  std::vector<std::unique_ptr<SilentReader>> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    readers.push_back(std::make_unique<SilentReader>((*server)->port()));
  }
  EXPECT_LT(readers[0]->Read(), kAnswerBytes);  // the one that had taken longest
  EXPECT_GT(readers[1]->Read(), kAnswerBytes);
  EXPECT_GT(readers[2]->Read(), kAnswerBytes);

  // One answer is served whatever it takes.
  testing::HttpClient client((*server)->port());
  const auto answer = client.Post("/", {}, "");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body.size(), kAnswerBytes);
}

TEST(SilentReaders, OneAnswerMayBeLargerThanAllTogether) {
  ServerOptions options;
  options.max_total_answer_bytes = 10;
  auto server = Server::Start("127.0.0.1:0", options, [](const Request&, const Respond& respond) {
    respond({200, "text/plain", std::string(kAnswerBytes, 'x'), {}});
  });
  ASSERT_TRUE(server.ok()) << server.status();
  testing::HttpClient client((*server)->port());
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.Post("/", {}, "");
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body.size(), kAnswerBytes);
  }
}

}  // namespace
}  // namespace pawl::http
