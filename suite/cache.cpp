#include "suite/cache.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

namespace tlbmc {

namespace {

constexpr int kPatienceMs = 10'000;

class Statement {
 public:
  Statement(sqlite3* database, const char* text) {
    sqlite3_prepare_v2(database, text, -1, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int index, const std::string& text) {
    sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  int step() { return statement_ == nullptr ? SQLITE_ERROR : sqlite3_step(statement_); }
  [[nodiscard]] std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace

void Cache::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

Cache::Cache(const std::string& folder) {
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const auto file = (std::filesystem::path(folder) / "answers.sqlite").string();
  sqlite3* opened = nullptr;
  const int status = sqlite3_open(file.c_str(), &opened);
  database_.reset(opened);
  const auto check = [&](bool good) {
    if (!good)
      throw InputError(Diagnostic{
          file, "", fmt::format("cannot be used as a cache: {}", sqlite3_errmsg(opened))});
  };
  check(status == SQLITE_OK);
  sqlite3_busy_timeout(opened, kPatienceMs);
  for (const char* text :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
        "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answered TEXT NOT NULL, "
        "certificate TEXT NOT NULL)"})
    check(sqlite3_exec(opened, text, nullptr, nullptr, nullptr) == SQLITE_OK);
}

Cache::~Cache() = default;

std::optional<CachedAnswer> Cache::find(const std::string& key) {
  if (!database_) return std::nullopt;
  Statement query(database_.get(), "SELECT answered, certificate FROM answers WHERE key = ?");
  if (query.bind(1, key).step() != SQLITE_ROW) return std::nullopt;
  try {
    return CachedAnswer{parse_json(query.text(0)), parse_json(query.text(1))};
  } catch (const InputError&) {
    return std::nullopt;
  }
}

void Cache::store(const std::string& key, const CachedAnswer& answer) {
  if (!database_) return;
  Statement insert(database_.get(), "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)");
  insert.bind(1, key).bind(2, answer.answered.dump()).bind(3, answer.certificate.dump()).step();
}

}  // namespace tlbmc
