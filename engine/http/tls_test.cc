#include "engine/http/tls.h"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "engine/http/server.h"
#include "tests/support/certificates.h"

namespace pawl::http {
namespace {

using testing::CertificateFiles;
using ::testing::HasSubstr;
using testing::TestAuthority;

// A blocking client.
class TlsConnection {
 public:
  struct Options {
    std::string authorities;
    CertificateFiles certificate;
    int max_version = 0;
  };
  TlsConnection(int port, const Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_load_verify_locations(context_, options.authorities.c_str(), nullptr);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_max_proto_version(context_, options.max_version);
    if (!options.certificate.certificate.empty()) {
      SSL_CTX_use_certificate_chain_file(context_, options.certificate.certificate.c_str());
      SSL_CTX_use_PrivateKey_file(context_, options.certificate.key.c_str(), SSL_FILETYPE_PEM);
    }
    bio_ = BIO_new_ssl_connect(context_);
    BIO_set_conn_hostname(bio_, absl::StrCat("127.0.0.1:", port).c_str());
    is_open_ = BIO_do_connect(bio_) == 1 && BIO_do_handshake(bio_) == 1;
    ERR_clear_error();
  }
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;
  ~TlsConnection() {
    BIO_free_all(bio_);
    SSL_CTX_free(context_);
  }
  bool is_open() const { return is_open_; }
  void Send(const std::string& text) {
    EXPECT_EQ(BIO_write(bio_, text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  // Until the text ends so, or the server closes.
  std::string ReadUntil(const std::string& end) {
    std::string text;
    char byte = 0;
    while (text.find(end) == std::string::npos && BIO_read(bio_, &byte, 1) == 1) {
      text.push_back(byte);
    }
    return text;
  }

 private:
  SSL_CTX* const context_;
  BIO* bio_ = nullptr;
  bool is_open_ = false;
};

class TlsTest : public ::testing::Test {
 protected:
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  TlsOptions Files(bool asks_clients = false) {
    const CertificateFiles files = authority_.Issue("engine", "engine");
    TlsOptions options;
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    if (asks_clients) options.client_ca_file = authority_.file();
    return options;
  }
  void Serve(TlsOptions tls, Handler handler = &Answer) {
    ServerOptions options;
    options.tls = std::move(tls);
    auto server = Server::Start("127.0.0.1:0", options, std::move(handler));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  static void Answer(Request request, Respond respond) {
    respond({200, "text/plain", absl::StrCat(request.certificate_subject, "|", request.body, ";")});
  }
  TlsConnection::Options Trusting(CertificateFiles own = {}, int max_version = 0) const {
    return {authority_.file(), std::move(own), max_version};
  }
  std::string Ask(const TlsConnection::Options& options) const {
    TlsConnection connection(server_->port(), options);
    if (!connection.is_open()) return "refused";
    connection.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    return connection.ReadUntil(";");
  }

  static std::string MakeFolder() {
    std::string path = absl::StrCat(::testing::TempDir(), "/pawl-tls-XXXXXX");
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }

  const std::string folder_ = MakeFolder();
  const TestAuthority authority_{folder_};
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, ServesRequestsOfOneConnectionOneAfterTheOther) {
  Serve(Files());
  TlsConnection connection(server_->port(), Trusting());
  ASSERT_TRUE(connection.is_open());
  const std::string body(300'000, 'x');
  connection.Send(absl::StrCat("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(),
                               "\r\n\r\n", body));
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("|xxx"));
  connection.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("200 OK"));
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("200 OK"));
}

TEST_F(TlsTest, OldVersionsAndPlainTextAreRefused) {
  Serve(Files());
  EXPECT_THAT(Ask(Trusting({}, TLS1_2_VERSION)), HasSubstr("200 OK"));
  EXPECT_EQ(Ask(Trusting({}, TLS1_1_VERSION)), "refused");
}

TEST_F(TlsTest, ClientsAreKnownByTheirCertificates) {
  Serve(Files(/*asks_clients=*/true));
  EXPECT_THAT(Ask(Trusting(authority_.Issue("ci", "ci"))), HasSubstr("CN=ci|"));
  EXPECT_THAT(Ask(Trusting()), HasSubstr("\r\n|"));  // it may have a key instead
  const TestAuthority other(folder_, "other");
  EXPECT_THAT(Ask(Trusting(other.Issue("ci", "forged"))), ::testing::Not(HasSubstr("200 OK")));
}

TEST_F(TlsTest, NewCertificatesCountForNewConnections) {
  absl::Mutex mutex;
  int reloads = 0, failures = 0;
  TlsOptions options = Files();
  options.on_reload = [&](const absl::Status& status) {
    absl::MutexLock lock(&mutex);
    status.ok() ? ++reloads : ++failures;
  };
  Serve(options);
  EXPECT_THAT(Ask(Trusting()), HasSubstr("200 OK"));
  std::ofstream(options.certificate_file) << "garbage";
  const auto count = [&](const int& counter) {
    absl::MutexLock lock(&mutex);
    return counter;
  };
  // The old one goes on to count.
  while (count(failures) == 0) EXPECT_THAT(Ask(Trusting()), HasSubstr("200 OK"));
  const TestAuthority other(folder_, "new-authority");
  other.Issue("engine", "engine");
  while (count(reloads) == 0) Ask({other.file(), {}, 0});
  EXPECT_THAT(Ask({other.file(), {}, 0}), HasSubstr("200 OK"));
  EXPECT_EQ(Ask(Trusting()), "refused");
}

TEST_F(TlsTest, FilesThatDoNotFitAreRefusedAtStart) {
  const TlsOptions good = Files();
  TlsOptions options = good;
  options.key_file = authority_.Issue("x", "x").key;
  EXPECT_THAT(std::string(TlsCertificate::Load(options).status().message()), HasSubstr("x.key"));
  options = good;
  options.certificate_file = folder_ + "/none";
  EXPECT_THAT(std::string(TlsCertificate::Load(options).status().message()), HasSubstr("none"));
  options = good;
  options.client_ca_file = good.key_file;
  EXPECT_FALSE(TlsCertificate::Load(options).ok());
}

// A request waits for its answer; the connection goes on behind it, or tells that its client has gone.
TEST_F(TlsTest, WaitingRequestsSeeTheirClientGo) {
  absl::Notification gone;
  Serve(Files(), [&](Request, Respond respond) {
    auto held = std::make_shared<Respond>(std::move(respond));
    held->OnGone([held, &gone] { gone.Notify(); });
  });
  {
    TlsConnection connection(server_->port(), Trusting());
    connection.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_FALSE(gone.HasBeenNotified());
  }
  gone.WaitForNotification();
}

TEST_F(TlsTest, AnswersAfterAWaitAndGoesOn) {
  std::promise<std::shared_ptr<Respond>> promise;
  std::atomic<int> requests{0};
  Serve(Files(), [&](Request request, Respond respond) {
    if (++requests > 1) return Answer(std::move(request), std::move(respond));
    auto held = std::make_shared<Respond>(std::move(respond));
    held->OnGone([] {});
    promise.set_value(held);
  });
  TlsConnection connection(server_->port(), Trusting());
  connection.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  (*promise.get_future().get())({200, "text/plain", "late;"});
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("late"));
  connection.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(connection.ReadUntil(";"), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace pawl::http
