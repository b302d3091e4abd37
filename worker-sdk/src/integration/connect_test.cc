// ConnectOptions against gRPC servers in this process, with certificates made for the test.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pawl/client.h"
#include "pawl/v1/executions.grpc.pb.h"
#include "pawl/v1/workers.grpc.pb.h"
#include "pawl/worker.h"

namespace pawl::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(30);
constexpr char kServerName[] = "engine.test";

// Two authorities, and of each a certificate for kServerName and one for a worker.
class Certificates {
 public:
  Certificates() {
    char folder[] = "/tmp/pawl-connect-XXXXXX";
    folder_ = mkdtemp(folder);
    for (const std::string ca : {"ca", "other-ca"}) {
      Run(absl::StrCat(
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=", ca,
          " -keyout ", ca, ".key -out ", ca, ".pem"));
      Sign(ca, ca == "ca" ? "server" : "other-server", kServerName);
      Sign(ca, ca == "ca" ? "worker" : "other-worker", "worker.test");
    }
  }
  ~Certificates() { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  std::string Read(const std::string& name) const {
    std::ifstream file(path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }

 private:
  void Sign(const std::string& ca, const std::string& name, const std::string& host) {
    Run(absl::StrCat("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=", host,
                     " -addext subjectAltName=DNS:", host, " -keyout ", name, ".key -out ", name,
                     ".csr"));
    Run(absl::StrCat("x509 -req -days 2 -copy_extensions copy -CAcreateserial -in ", name,
                     ".csr -CA ", ca, ".pem -CAkey ", ca, ".key -out ", name, ".pem"));
  }
  void Run(const std::string& arguments) {
    const std::string command = absl::StrCat("cd ", folder_, " && openssl ", arguments, " 2>log");
    if (std::system(command.c_str()) != 0) {
      ADD_FAILURE() << command << "\n" << Read("log");
    }
  }

  std::string folder_;
};

const Certificates& Files() {
  static const Certificates* const files = new Certificates;
  return *files;
}

// Remembers who calls.
class FakeEngine final {
 public:
  explicit FakeEngine(const std::shared_ptr<grpc::ServerCredentials>& credentials =
                          grpc::InsecureServerCredentials())
      : executions_(this), workers_(this) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterService(&executions_);
    builder.RegisterService(&workers_);
    server_ = builder.BuildAndStart();
  }
  ~FakeEngine() { server_->Shutdown(absl::ToChronoTime(absl::Now())); }

  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  // "authorization" of each call and stream; "" where there was none.
  std::vector<std::string> tokens() const {
    absl::MutexLock lock(&mutex_);
    return tokens_;
  }
  // What the next calls of List answer.
  std::vector<v1::ExecutionsListResponse> pages;

 private:
  class Executions final : public v1::Executions::Service {
   public:
    explicit Executions(FakeEngine* engine) : engine_(engine) {}
    grpc::Status Stop(grpc::ServerContext* context, const v1::ExecutionsStopRequest*,
                      v1::ExecutionsStopResponse*) override {
      engine_->Note(*context);
      return grpc::Status::OK;
    }
    // The token is the number of the page.
    grpc::Status List(grpc::ServerContext*, const v1::ExecutionsListRequest* request,
                      v1::ExecutionsListResponse* response) override {
      const size_t at = static_cast<size_t>(std::atoi(request->page_token().c_str()));
      if (at >= engine_->pages.size()) return {grpc::StatusCode::INVALID_ARGUMENT, "no such page"};
      *response = engine_->pages[at];
      if (at + 1 < engine_->pages.size()) response->set_next_page_token(absl::StrCat(at + 1));
      return grpc::Status::OK;
    }

   private:
    FakeEngine* const engine_;
  };
  class Workers final : public v1::Workers::Service {
   public:
    explicit Workers(FakeEngine* engine) : engine_(engine) {}
    grpc::Status Work(grpc::ServerContext* context,
                      grpc::ServerReaderWriter<v1::WorkersWorkResponse, v1::WorkersWorkRequest>*
                          stream) override {
      engine_->Note(*context);
      v1::WorkersWorkRequest request;
      while (stream->Read(&request)) {
        v1::WorkersWorkResponse response;
        if (request.has_hello())
          response.mutable_welcome()->mutable_ping_interval()->set_seconds(1);
        stream->Write(response);
      }
      return grpc::Status::OK;
    }

   private:
    FakeEngine* const engine_;
  };

  void Note(const grpc::ServerContext& context) {
    const auto it = context.client_metadata().find("authorization");
    absl::MutexLock lock(&mutex_);
    tokens_.push_back(it == context.client_metadata().end()
                          ? std::string()
                          : std::string(it->second.data(), it->second.size()));
  }

  Executions executions_;
  Workers workers_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  mutable absl::Mutex mutex_;
  std::vector<std::string> tokens_ ABSL_GUARDED_BY(mutex_);
};

std::shared_ptr<grpc::ServerCredentials> ServerTls(bool asks_for_certificate = false) {
  grpc::SslServerCredentialsOptions options(
      asks_for_certificate ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                           : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_root_certs = Files().Read("ca.pem");
  options.pem_key_cert_pairs.push_back({Files().Read("server.key"), Files().Read("server.pem")});
  return grpc::SslServerCredentials(options);
}

TlsOptions ClientTls() { return {.ca_file = Files().path("ca.pem"), .server_name = kServerName}; }

absl::Status Call(ConnectOptions connect) { return Client(std::move(connect)).Stop("m/e"); }

// An address where connections are taken by the kernel and nobody ever answers.
class SilentListener {
 public:
  SilentListener() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(socket_, 8) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      ADD_FAILURE() << "cannot listen";
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentListener() { close(socket_); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }

 private:
  const int socket_;
  int port_ = 0;
};

// --- addresses ----------------------------------------------------------------------------------

TEST(Connect, TheClientMovesOnToTheFirstAddressThatAnswers) {
  const SilentListener silent;
  FakeEngine engine;
  FakeEngine last;
  Client client({.addresses = {"127.0.0.1:1", silent.address(), engine.address(), last.address()},
                 .connect_timeout = absl::Milliseconds(300),
                 .call_timeout = kLimit});
  EXPECT_TRUE(client.Stop("m/e").ok());
  EXPECT_TRUE(client.Stop("m/e").ok());
  EXPECT_EQ(engine.tokens().size(), 2U);  // and stays there
  EXPECT_TRUE(last.tokens().empty());
}

TEST(Connect, TheClientGivesUpAfterItsTime) {
  const absl::Time began = absl::Now();
  const absl::Status status =
      Call({.addresses = {"127.0.0.1:1"}, .call_timeout = absl::Milliseconds(200)});
  EXPECT_TRUE(absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) << status;
  EXPECT_LT(absl::Now() - began, kLimit);
}

// --- TLS ----------------------------------------------------------------------------------------

TEST(Connect, TheClientReachesAnEngineOverTls) {
  FakeEngine engine(ServerTls());
  const absl::Status status =
      Call({.addresses = {engine.address()}, .tls = ClientTls(), .call_timeout = kLimit});
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Connect, TheClientTalksToNoEngineThatItCannotVerify) {
  FakeEngine engine(ServerTls());
  const auto call = [&](std::optional<TlsOptions> tls) {
    return Call({.addresses = {engine.address()},
                 .tls = std::move(tls),
                 .call_timeout = absl::Milliseconds(500)});
  };
  TlsOptions other_authority = ClientTls();
  other_authority.ca_file = Files().path("other-ca.pem");
  EXPECT_FALSE(call(other_authority).ok());
  TlsOptions other_name = ClientTls();
  other_name.server_name = "elsewhere.test";
  EXPECT_FALSE(call(other_name).ok());
  TlsOptions name_of_the_address = ClientTls();
  name_of_the_address.server_name.clear();  // 127.0.0.1
  EXPECT_FALSE(call(name_of_the_address).ok());
  EXPECT_FALSE(call(std::nullopt).ok());  // plain text
  EXPECT_TRUE(engine.tokens().empty());
}

TEST(Connect, TheClientShowsItsCertificate) {
  FakeEngine engine(ServerTls(/*asks_for_certificate=*/true));
  const auto call = [&](const TlsOptions& tls, absl::Duration timeout) {
    return Call({.addresses = {engine.address()}, .tls = tls, .call_timeout = timeout});
  };
  EXPECT_FALSE(call(ClientTls(), absl::Milliseconds(500)).ok());
  TlsOptions tls = ClientTls();
  tls.certificate_file = Files().path("other-worker.pem");
  tls.key_file = Files().path("other-worker.key");
  EXPECT_FALSE(call(tls, absl::Milliseconds(500)).ok());
  tls.certificate_file = Files().path("worker.pem");
  tls.key_file = Files().path("worker.key");
  const absl::Status status = call(tls, kLimit);
  EXPECT_TRUE(status.ok()) << status;
}

TEST(Connect, CertificatesMayBeReplaced) {
  FakeEngine engine(ServerTls());
  Files().Write("replaced.pem", Files().Read("other-ca.pem"));
  TlsOptions tls = ClientTls();
  tls.ca_file = Files().path("replaced.pem");
  Client client(
      {.addresses = {engine.address()}, .tls = tls, .call_timeout = absl::Milliseconds(500)});
  EXPECT_FALSE(client.Stop("m/e").ok());
  Files().Write("replaced.pem", Files().Read("ca.pem"));
  bool is_ok = false;
  for (const absl::Time limit = absl::Now() + kLimit; !is_ok && absl::Now() < limit;) {
    is_ok = client.Stop("m/e").ok();
  }
  EXPECT_TRUE(is_ok);
}

// --- tokens -------------------------------------------------------------------------------------

TEST(Connect, TheClientSendsItsToken) {
  FakeEngine engine(ServerTls());
  ConnectOptions connect = {
      .addresses = {engine.address()}, .tls = ClientTls(), .call_timeout = kLimit};
  EXPECT_TRUE(Call(connect).ok());
  connect.token = "abc";
  EXPECT_TRUE(Call(connect).ok());
  connect.token.clear();
  connect.token_file = Files().path("token");
  Files().Write("token", "first\n");
  Client client(connect);
  EXPECT_TRUE(client.Stop("m/e").ok());
  Files().Write("token", "  second\n");  // the file is read each time
  EXPECT_TRUE(client.Stop("m/e").ok());
  EXPECT_THAT(engine.tokens(), ElementsAre("", "Bearer abc", "Bearer first", "Bearer second"));
  Files().Write("token", "\n");
  EXPECT_TRUE(absl::IsInvalidArgument(client.Stop("m/e")));
}

TEST(Connect, ATokenStaysOnThisMachineWithoutTls) {
  FakeEngine engine;
  EXPECT_TRUE(Call({.addresses = {engine.address()}, .token = "abc"}).ok());
  EXPECT_THAT(engine.tokens(), ElementsAre("Bearer abc"));
  for (const char* address : {"engine-1:7233", "10.0.0.1:7233", "127.example.com:7233",
                              "localhost.example.com:7233", "dns:///localhost:7233"}) {
    const absl::Status status = Call({.addresses = {engine.address(), address}, .token = "abc"});
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << address << " " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("TLS"));
    EXPECT_THAT(std::string(status.message()), HasSubstr(address));
  }
}

TEST(Connect, WhatCannotBeUsedIsSaid) {
  TlsOptions no_authority = ClientTls();
  no_authority.ca_file = "/nowhere/ca.pem";
  TlsOptions half = ClientTls();
  half.certificate_file = Files().path("worker.pem");
  const struct {
    ConnectOptions connect;
    const char* says;
  } kCases[] = {
      {{.addresses = {}}, "no addresses"},
      {{.addresses = {""}}, "empty address"},
      {{.tls = no_authority}, "tls.ca_file '/nowhere/ca.pem': No such file or directory"},
      {{.tls = half}, "set both"},
      {{.token = "a", .token_file = "b"}, "set one"},
      {{.token = "a b"}, "visible ASCII"},
      {{.token_file = "/nowhere/token"}, "token_file '/nowhere/token'"},
  };
  Handlers handlers;
  handlers.Add("A", [](const Task&) { return Succeed(); });
  for (const auto& test : kCases) {
    const absl::Status of_client = Call(test.connect);
    EXPECT_TRUE(absl::IsInvalidArgument(of_client)) << of_client;
    EXPECT_THAT(std::string(of_client.message()), HasSubstr(test.says));
    const absl::Status of_worker = Worker(handlers, test.connect).Start();
    EXPECT_EQ(of_worker, of_client);
  }
}

// --- the worker ---------------------------------------------------------------------------------

// Whether a worker is welcomed in time, and what it logs.
struct Attempt {
  bool is_connected = false;
  std::string log;
};

Attempt Connect(const ConnectOptions& connect, absl::Duration limit) {
  absl::Mutex mutex;
  std::string log;
  Handlers handlers;
  handlers.Add("A", [](const Task&) { return Succeed(); });
  Attempt attempt;
  {
    Worker worker(handlers, connect,
                  {.backoff_initial = absl::Milliseconds(1),
                   .backoff_max = absl::Milliseconds(20),
                   .log = [&](const std::string& line) {
                     absl::MutexLock lock(&mutex);
                     absl::StrAppend(&log, line, "\n");
                   }});
    const absl::Status started = worker.Start();
    EXPECT_TRUE(started.ok()) << started;
    const absl::Time deadline = absl::Now() + limit;
    while (worker.stats().connections == 0 && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(5));
    }
    attempt.is_connected = worker.stats().connections > 0;
  }
  absl::MutexLock lock(&mutex);
  attempt.log = log;
  return attempt;
}

TEST(Connect, TheWorkerReachesAnEngineOverTlsWithItsToken) {
  FakeEngine engine(ServerTls(/*asks_for_certificate=*/true));
  TlsOptions tls = ClientTls();
  tls.certificate_file = Files().path("worker.pem");
  tls.key_file = Files().path("worker.key");
  const Attempt attempt =
      Connect({.addresses = {engine.address()}, .tls = tls, .token = "abc"}, kLimit);
  EXPECT_TRUE(attempt.is_connected) << attempt.log;
  EXPECT_THAT(engine.tokens(), ElementsAre("Bearer abc"));
}

TEST(Connect, TheWorkerSaysWhyItCannotConnect) {
  FakeEngine engine(ServerTls());
  TlsOptions tls = ClientTls();
  tls.ca_file = Files().path("other-ca.pem");
  const Attempt attempt =
      Connect({.addresses = {engine.address()}, .tls = tls}, absl::Milliseconds(500));
  EXPECT_FALSE(attempt.is_connected);
  EXPECT_THAT(attempt.log, HasSubstr(absl::StrCat("stream to ", engine.address(), " ended: ")));
  EXPECT_TRUE(engine.tokens().empty());
}

TEST(Connect, TheWorkerGoesOnToTheNextAddress) {
  const SilentListener silent;
  FakeEngine engine;
  const Attempt attempt = Connect({.addresses = {"127.0.0.1:1", silent.address(), engine.address()},
                                   .connect_timeout = absl::Milliseconds(300)},
                                  kLimit);
  EXPECT_TRUE(attempt.is_connected) << attempt.log;
}

// --- pages --------------------------------------------------------------------------------------

TEST(Pages, GoOnOverEmptyPagesAndAfterAFailure) {
  FakeEngine engine;
  engine.pages.resize(4);
  engine.pages[0].add_executions()->set_name("a");
  engine.pages[2].add_executions()->set_name("b");
  engine.pages[2].add_executions()->set_name("c");
  Client client({.addresses = {engine.address()}, .call_timeout = kLimit});
  Pages<ExecutionInfo> pages = client.ListPages();
  std::vector<std::string> names;
  while (pages.Next()) {
    for (const ExecutionInfo& info : pages.items()) names.push_back(info.name);
  }
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_FALSE(pages.Next());
  EXPECT_EQ(pages.next_token(), "");

  Pages<ExecutionInfo> late = client.ListPages({.page_token = "4"});
  EXPECT_FALSE(late.Next());
  EXPECT_TRUE(absl::IsInvalidArgument(late.status())) << late.status();
  EXPECT_TRUE(late.items().empty());
  engine.pages.resize(5);
  engine.pages[4].add_executions()->set_name("d");
  ASSERT_TRUE(late.Next());
  EXPECT_EQ(late.items().front().name, "d");
}

}  // namespace
}  // namespace pawl::sdk
