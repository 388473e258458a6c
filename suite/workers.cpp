#include "suite/workers.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <system_error>

namespace tlbmc {

namespace {

using Clock = std::chrono::steady_clock;

// How a worker says that it ran out of memory, or that something was thrown.
constexpr int kOutOfMemory = 99, kThrown = 98;
constexpr int kTickMs = 200;

// AddressSanitizer maps terabytes.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kCanLimitMemory = false;
#else
constexpr bool kCanLimitMemory = true;
#endif

double since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void write_all(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto written = write(fd, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(kThrown);
    at += static_cast<std::size_t>(written);
  }
}

[[noreturn]] void be_worker(int fd, const Limits& limits,
                            const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  if (kCanLimitMemory && limits.memory > 0) {
    const rlim_t bytes = static_cast<rlim_t>(limits.memory) << 20U;
    const rlimit limit{bytes, bytes};
    setrlimit(RLIMIT_AS, &limit);
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  try {
    write_all(fd, work());
    _exit(0);
  } catch (const std::bad_alloc&) {
    _exit(kOutOfMemory);
  } catch (const std::exception& error) {
    const std::string what = error.what();
    if (what.find("out of memory") != std::string::npos) _exit(kOutOfMemory);  // Z3
    write_all(fd, what);
    _exit(kThrown);
  } catch (...) {
    _exit(kThrown);
  }
}

struct Worker {
  std::size_t job;
  pid_t pid;
  int fd;
  Clock::time_point start;
  std::string text;
  bool killed_for_time = false;
};

class Pool {
 public:
  Pool(const std::vector<Limits>& limits, const WorkerOptions& options,
       const std::function<std::string(std::size_t)>& work,
       const std::function<void(std::size_t, WorkerResult)>& done)
      : limits_(limits), options_(options), work_(work), done_(done) {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (const Worker& worker : running_) kill_all_of(worker);
    for (const Worker& worker : running_) {
      close(worker.fd);
      waitpid(worker.pid, nullptr, 0);
    }
  }

  void run() {
    std::size_t next = 0;
    while (next < limits_.size() || !running_.empty()) {
      if (stopped()) next = limits_.size();
      while (next < limits_.size() &&
             running_.size() < std::max<std::size_t>(1, options_.processes))
        start(next++);
      if (stopped())
        for (const Worker& worker : running_) kill_all_of(worker);
      wait();
      if (options_.tick) options_.tick(finished_, running_.size());
    }
  }

 private:
  [[nodiscard]] bool stopped() const { return options_.stop != nullptr && *options_.stop; }

  static void kill_all_of(const Worker& worker) {
    kill(-worker.pid, SIGKILL);  // what it started, too
    kill(worker.pid, SIGKILL);   // it may not lead its group yet
  }

  void start(std::size_t job) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
      throw std::system_error(errno, std::generic_category(), "pipe");
    const pid_t pid = fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) {
      close(ends[0]);
      for (const Worker& other : running_) close(other.fd);
      be_worker(ends[1], limits_[job], [&] { return work_(job); });
    }
    close(ends[1]);
    running_.push_back({job, pid, ends[0], Clock::now(), ""});
  }

  // Reads what has come, ends what is out of time, collects what has ended.
  void wait() {
    std::vector<pollfd> fds;
    for (const Worker& worker : running_) fds.push_back({worker.fd, POLLIN, 0});
    poll(fds.data(), fds.size(), kTickMs);
    for (std::size_t i = running_.size(); i-- > 0;) {
      Worker& worker = running_[i];
      const double most = limits_[worker.job].seconds;
      if (most > 0 && since(worker.start) >= most && !worker.killed_for_time) {
        worker.killed_for_time = true;
        kill_all_of(worker);
      }
      if (fds[i].revents != 0 && !read_some(worker)) collect(i);
    }
  }

  // false: the worker has closed its end.
  static bool read_some(Worker& worker) {
    std::array<char, 65536> buffer{};
    const auto n = read(worker.fd, buffer.data(), buffer.size());
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    worker.text.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0;
  }

  void collect(std::size_t i) {
    Worker worker = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    close(worker.fd);
    int ending = 0;
    while (waitpid(worker.pid, &ending, 0) < 0 && errno == EINTR) continue;
    kill(-worker.pid, SIGKILL);
    ++finished_;
    done_(worker.job, result_of(worker, ending));
  }

  [[nodiscard]] WorkerResult result_of(Worker& worker, int ending) const {
    WorkerResult result;
    result.seconds = since(worker.start);
    const Limits& limits = limits_[worker.job];
    const auto is = [&](Status status, std::string message) {
      result.status = status;
      result.message = std::move(message);
    };
    if (WIFEXITED(ending) && WEXITSTATUS(ending) == 0)
      result.text = std::move(worker.text);
    else if (worker.killed_for_time)
      is(Status::timeout, fmt::format("took more than {} s", limits.seconds));
    else if (stopped())
      is(Status::interrupted, "");
    else if (WIFEXITED(ending) && WEXITSTATUS(ending) == kOutOfMemory)
      is(Status::out_of_memory, fmt::format("needed more than {} MiB", limits.memory));
    else if (WIFEXITED(ending) && WEXITSTATUS(ending) == kThrown)
      is(Status::crashed, "internal error: " + one_line(worker.text));
    else if (WIFEXITED(ending))
      is(Status::crashed, fmt::format("exit status {}", WEXITSTATUS(ending)));
    else
      is(Status::crashed,
         fmt::format("killed by signal {} ({})", WTERMSIG(ending), strsignal(WTERMSIG(ending))));
    return result;
  }

  static std::string one_line(std::string text) {
    for (char& c : text)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return text;
  }

  const std::vector<Limits>& limits_;
  const WorkerOptions& options_;
  const std::function<std::string(std::size_t)>& work_;
  const std::function<void(std::size_t, WorkerResult)>& done_;
  std::vector<Worker> running_;
  std::size_t finished_ = 0;
};

}  // namespace

void run_workers(const std::vector<Limits>& limits, const WorkerOptions& options,
                 const std::function<std::string(std::size_t)>& work,
                 const std::function<void(std::size_t, WorkerResult)>& done) {
  Pool(limits, options, work, done).run();
}

}  // namespace tlbmc
