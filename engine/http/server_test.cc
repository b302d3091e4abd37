#include "engine/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pawl::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A plain connection, so that a test may be as slow and as wrong as it likes.
class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_open_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  bool is_open() const { return is_open_; }
  void Send(const std::string& text) const {
    EXPECT_EQ(send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // Until the text ends so, or the server closes.
  std::string ReadUntil(const std::string& end) const {
    std::string text;
    char byte = 0;
    while (recv(socket_, &byte, 1, 0) == 1) {
      text.push_back(byte);
      if (!end.empty() && text.size() >= end.size() &&
          text.compare(text.size() - end.size(), end.size(), end) == 0) {
        break;
      }
    }
    return text;
  }

 private:
  int socket_;
  bool is_open_ = false;
};

void Echo(Request request, Respond respond) {
  respond({200, "text/plain",
           absl::StrCat(request.method, " ", request.path, " ", request.query, " ",
                        std::string(request.Header("X-Name")), " ", request.body, ";")});
}

std::unique_ptr<Server> Serve(ServerOptions options = {}, Handler handler = &Echo) {
  auto server = Server::Start("127.0.0.1:0", options, std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

TEST(HttpServer, AnswersSeveralRequestsOnOneConnection) {
  auto server = Serve();
  const Connection connection(server->port());
  connection.Send("GET /a?b=c HTTP/1.1\r\nHost: h\r\nx-name: n\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("GET /a b=c n ;"));
  connection.Send("POST /d HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("POST /d   hi;"));
}

// B6: twenty idle connections, or thirty slow ones, kept health from being answered.
TEST(HttpServer, IdleAndSlowConnectionsDelayNobody) {
  auto server = Serve();
  std::vector<Connection> others;
  for (int i = 0; i < 300; ++i) {
    others.emplace_back(server->port());
    if (i % 2 == 0) others.back().Send("GET /slow HTTP/1.1\r\nX-");
  }
  const Connection connection(server->port());
  connection.Send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), StartsWith("HTTP/1.1 200"));
}

TEST(HttpServer, SlowRequestsAreClosed) {
  ServerOptions options;
  options.read_timeout = absl::Milliseconds(20);
  auto server = Serve(options);
  const Connection connection(server->port());
  connection.Send("GET /slow HTTP/1.1\r\nX-");
  EXPECT_EQ(connection.ReadUntil(""), "");  // returns because the server closes
}

TEST(HttpServer, LimitsOfHeaderAndBodyAreAnswers) {
  ServerOptions options;
  options.max_header_bytes = 1'000;
  options.max_body_bytes = 100;
  auto server = Serve(options);
  const Connection header(server->port());
  header.Send("GET / HTTP/1.1\r\nX-Long: " + std::string(2'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(header.ReadUntil(""), StartsWith("HTTP/1.1 431"));
  const Connection body(server->port());
  body.Send("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n");
  EXPECT_THAT(body.ReadUntil(""), StartsWith("HTTP/1.1 413"));
  const Connection nonsense(server->port());
  nonsense.Send("\x16\x03\x01 not http\r\n\r\n");
  EXPECT_THAT(nonsense.ReadUntil(""), StartsWith("HTTP/1.1 400"));
}

TEST(HttpServer, AnswerMayComeLaterFromAnotherThread) {
  std::thread later;
  auto server = Serve({}, [&later](Request, Respond respond) {
    later = std::thread(
        [respond = std::move(respond)]() mutable { respond({202, "text/plain", "later;"}); });
  });
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), StartsWith("HTTP/1.1 202"));
  later.join();
}

TEST(HttpServer, DroppedRequestIsAnswered) {
  auto server = Serve({}, [](const Request&, const Respond&) {});
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil("dropped\n"), StartsWith("HTTP/1.1 500"));
}

TEST(HttpServer, StopLetsAnAnswerThatIsUnderWayEnd) {
  std::promise<Respond> asked;
  auto server =
      Serve({}, [&asked](const Request&, Respond respond) { asked.set_value(std::move(respond)); });
  const Connection idle(server->port());
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  Respond respond = asked.get_future().get();
  std::thread stopping([&server] { server->Stop(absl::Minutes(1)); });
  EXPECT_EQ(idle.ReadUntil(""), "");  // closed at once
  respond({200, "text/plain", "done"});
  EXPECT_THAT(connection.ReadUntil(""), HasSubstr("done"));
  stopping.join();
}

TEST(HttpServer, RefusesAddressesThatAreNone) {
  for (const char* listen : {"7234", "127.0.0.1:99999", "127.0.0.1:x", "no.such.host:1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Server::Start(listen, {}, &Echo).status())) << listen;
  }
  auto server = Serve();
  EXPECT_TRUE(absl::IsUnavailable(
      Server::Start(absl::StrCat("127.0.0.1:", server->port()), {}, &Echo).status()));
}

}  // namespace
}  // namespace pawl::http
