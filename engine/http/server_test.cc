#include "engine/http/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
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

TEST(HttpServer, OneAddressDoesNotTakeAllConnections) {
  ServerOptions options;
  options.max_connections_per_address = 3;
  options.limits_loopback = true;
  auto server = Serve(options);
  std::vector<Connection> own;
  for (int i = 0; i < 3; ++i) {
    own.emplace_back(server->port());
    own.back().Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(own.back().ReadUntil(";"), HasSubstr("GET /"));
  }
  EXPECT_EQ(Connection(server->port()).ReadUntil(";"), "");  // closed at once
  own.pop_back();
  // The end of that one is seen after a moment.
  std::string answer;
  while (answer.empty()) {
    const Connection next(server->port());
    next.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    answer = next.ReadUntil(";");
  }
  EXPECT_THAT(answer, HasSubstr("GET /"));
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

TEST(HttpServer, IdleConnectionsGiveWayToNewOnes) {
  ServerOptions options;
  options.max_connections = 2;
  std::promise<Respond> asked;
  auto server = Serve(options, [&asked](const Request& request, Respond respond) {
    if (request.path == "/wait") return asked.set_value(std::move(respond));
    Echo(request, std::move(respond));
  });
  const Connection waiting(server->port()), idle(server->port());
  waiting.Send("GET /wait HTTP/1.1\r\n\r\n");
  const Respond respond = asked.get_future().get();
  idle.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(idle.ReadUntil(";"), HasSubstr("GET / "));
  const Connection fresh(server->port());
  EXPECT_EQ(idle.ReadUntil(""), "");
  fresh.Send("GET /fresh HTTP/1.1\r\n\r\n");
  EXPECT_THAT(fresh.ReadUntil(";"), HasSubstr("GET /fresh "));
  respond({200, "text/plain", "done;"});
  EXPECT_THAT(waiting.ReadUntil(";"), HasSubstr("done"));
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  auto server = Serve();
  const Connection connection(server->port());
  connection.Send(
      "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nhiGET /3 "
      "HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("GET /1"));
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("POST /2   hi"));
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("GET /3"));
}

TEST(HttpServer, TargetsMayBeAbsolute) {
  auto server = Serve();
  const Connection connection(server->port());
  connection.Send("GET http://sync-127.0.0.1:7234/a?b=c HTTP/1.1\r\nHost: whatever\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("GET /a b=c"));
  connection.Send("GET http://host HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("GET / "));
}

TEST(HttpServer, ClientsThatExpectItAreToldToGoOn) {
  auto server = Serve();
  const Connection connection(server->port());
  connection.Send("POST /a HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(connection.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  connection.Send("hi");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("POST /a   hi"));
}

TEST(HttpServer, TooLargeBodiesAreRefusedBeforeTheyAreSent) {
  ServerOptions options;
  options.max_body_bytes = 100;
  auto server = Serve(options);
  const Connection connection(server->port());
  connection.Send("POST /a HTTP/1.1\r\nContent-Length: 101\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(""), StartsWith("HTTP/1.1 413"));
}

// A client that sends on regardless still reads the answer.
TEST(HttpServer, RefusalArrivesThoughTheBodyIsStillBeingSent) {
  ServerOptions options;
  options.max_body_bytes = 100;
  auto server = Serve(options);
  const Connection connection(server->port());
  connection.Send("POST /a HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" +
                  std::string(3'000'000, 'x'));
  EXPECT_THAT(connection.ReadUntil(""), StartsWith("HTTP/1.1 413"));
}

TEST(HttpServer, BodiesOfAllRequestsTogetherAreBounded) {
  ServerOptions options;
  options.max_body_bytes = 1'000'000;
  options.max_total_body_bytes = 1'200'000;
  std::promise<Respond> asked;
  auto server = Serve(
      options, [&asked](const Request&, Respond respond) { asked.set_value(std::move(respond)); });
  const std::string request =
      "POST /a HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x');
  const Connection first(server->port());
  first.Send(request);
  const Respond respond = asked.get_future().get();
  const Connection second(server->port());
  second.Send(request);
  EXPECT_THAT(second.ReadUntil(""), StartsWith("HTTP/1.1 503"));
  asked = {};
  respond({200, "text/plain", "done;"});
  EXPECT_THAT(first.ReadUntil(";"), HasSubstr("done"));
  // Room again.
  const Connection third(server->port());
  third.Send(request);
  asked.get_future().get()({200, "text/plain", "done;"});
  EXPECT_THAT(third.ReadUntil(";"), HasSubstr("done"));
}

TEST(HttpServer, AnswersHaveTheirHeaders) {
  auto server = Serve({}, [](const Request&, const Respond& respond) {
    respond({200, "text/plain", "x;", {{"x-amzn-requestid", "7"}}});
  });
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  const std::string answer = connection.ReadUntil(";");
  EXPECT_THAT(answer, HasSubstr("x-amzn-requestid: 7\r\n"));
  EXPECT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 2\r\n"));
  EXPECT_THAT(answer, HasSubstr(" GMT\r\n"));
}

TEST(HttpServer, LargeAnswersReachSlowReaders) {
  const std::string large(4'000'000, 'x');
  auto server = Serve({}, [&large](const Request&, const Respond& respond) {
    respond({200, "text/plain", large + ";"});
  });
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr(large));
}

// Polls and synchronous executions wait long: whoever answers them must learn that nobody listens.
class Gone : public ::testing::Test {
 protected:
  void Handle(const Request&, Respond respond) {
    respond.OnGone([this] { gone_.set_value(); });
    responds_.push_back(std::move(respond));
    asked_.set_value();
  }
  std::unique_ptr<Server> Start() {
    return Serve({}, [this](const Request& request, Respond respond) {
      Handle(request, std::move(respond));
    });
  }

  std::vector<Respond> responds_;
  std::promise<void> asked_, gone_;
};

TEST_F(Gone, IsToldWhenTheClientLeaves) {
  auto server = Start();
  {
    const Connection connection(server->port());
    connection.Send("GET / HTTP/1.1\r\n\r\n");
    asked_.get_future().get();
  }
  gone_.get_future().get();
}

TEST_F(Gone, IsToldThoughTheClientHasSentMore) {
  auto server = Start();
  {
    const Connection connection(server->port());
    connection.Send("GET / HTTP/1.1\r\n\r\n");
    asked_.get_future().get();
    connection.Send("GET /next HTTP/1.1\r\n");
  }
  gone_.get_future().get();
}

TEST_F(Gone, IsToldWhenTheServerStops) {
  auto server = Start();
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  asked_.get_future().get();
  std::thread stopping([&server] { server->Stop(absl::Minutes(1)); });
  gone_.get_future().get();
  responds_.front()({503, "text/plain", "stopping;"});
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("stopping"));
  stopping.join();
}

TEST_F(Gone, IsNotToldAfterTheAnswer) {
  auto server = Start();
  {
    const Connection connection(server->port());
    connection.Send("GET / HTTP/1.1\r\n\r\n");
    asked_.get_future().get();
    responds_.front()({200, "text/plain", "answer;"});
    EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("answer"));
  }
  server->Stop(absl::Minutes(1));
  EXPECT_EQ(gone_.get_future().wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

size_t ResidentBytes() {
  size_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
}

TEST(HttpServer, WaitingConnectionsCostLittleMemory) {
  constexpr size_t kConnections = 5'000;
  rlimit files = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_cur < 2 * kConnections + 100) GTEST_SKIP() << "too few files may be open";
  std::vector<Respond> waiting;
  std::promise<void> all_wait;
  auto server = Serve({}, [&](const Request&, Respond respond) {
    respond.OnGone([] {});
    waiting.push_back(std::move(respond));
    if (waiting.size() == kConnections) all_wait.set_value();
  });
  waiting.reserve(kConnections);
  std::vector<Connection> connections;
  connections.reserve(kConnections);
  const size_t before = ResidentBytes();
  for (size_t i = 0; i < kConnections; ++i) {
    connections.emplace_back(server->port());
    connections.back().Send("POST / HTTP/1.1\r\nX-Amz-Target: " + std::string(300, 'x') +
                            "\r\nContent-Length: 5\r\n\r\nhello");
  }
  all_wait.get_future().get();
  const size_t each = (ResidentBytes() - before) / kConnections;
  EXPECT_LE(each, size_t{20} * 1024);
  RecordProperty("bytes_each", static_cast<int>(each));
  std::printf("%zu bytes each\n", each);
}

TEST(HttpServer, AnswerAfterTheServersEndIsDropped) {
  std::promise<Respond> asked;
  auto server =
      Serve({}, [&asked](const Request&, Respond respond) { asked.set_value(std::move(respond)); });
  const Connection connection(server->port());
  connection.Send("GET / HTTP/1.1\r\n\r\n");
  const Respond respond = asked.get_future().get();
  server.reset();
  respond({200, "text/plain", "too late"});
  respond.OnGone([] {});
  EXPECT_EQ(connection.ReadUntil(""), "");
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
