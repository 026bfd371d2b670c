//! A server in a process of its own: its core, its CPU time and its memory.

use std::{
    env, fs,
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use rustix::{
    process::{Resource, getrlimit, setrlimit},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};

use crate::{
    Outcome,
    case::{Case, Peer},
};

/// Which core the servers get, and which the load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    server: Option<usize>,
    load: Option<usize>,
}

impl Cores {
    /// Picks the first and the last core that we may use; with one core nothing is pinned.
    pub(crate) fn pick() -> Self {
        let allowed = sched_getaffinity(None).unwrap_or_else(|_| CpuSet::new());
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let (server, load) = (cores.next(), cores.next_back());
        if load.is_none() {
            eprintln!("warning: one core for server and load: expect noise");
            return Self {
                server: None,
                load: None,
            };
        }
        Self { server, load }
    }

    /// Moves this thread, and those that it starts, to the core of the load.
    pub(crate) fn pin_load(self) {
        if let Some(core) = self.load {
            pin(core);
        }
    }
}

/// Moves this thread, and those that it starts, to one core.
pub(crate) fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    if let Err(error) = sched_setaffinity(None, &set) {
        eprintln!("warning: core {core} cannot be taken: {error}");
    }
}

/// Allows as many open files as the system lets us.
pub(crate) fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // A limit that is too low shows itself when connections fail.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// The processor time that everybody has used since the system started.
pub(crate) fn cpu_of_all() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().unwrap_or_default();
    let ticks = line.split(' ').filter_map(|it| it.parse::<u64>().ok());
    // Without idling and the wait for disks, and without guests, who are counted before.
    let used = ticks
        .enumerate()
        .filter(|(place, _)| !matches!(place, 3 | 4 | 8..));
    // A tick is 10 ms on every Linux that there is.
    Ok(Duration::from_millis(
        used.map(|(_, ticks)| ticks).sum::<u64>() * 10,
    ))
}

/// The time that all threads of a process have run, to the nanosecond.
///
/// The clock ticks of `stat` are 10 ms; the scheduler's own account is exact. A
/// thread that has ended is not in it, and none of these servers ends one.
pub(crate) fn cpu_of(process: &str) -> io::Result<Duration> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let account = fs::read_to_string(thread?.path().join("schedstat"))?;
        let nanoseconds = account.split(' ').next().and_then(|it| it.parse().ok());
        total += nanoseconds.unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) peer: Peer,
    pub(crate) address: SocketAddr,
    child: Child,
    /// The server runs until this is closed.
    _stdin: ChildStdin,
}

impl Server {
    /// Starts a server for a case; some repeat the answer that they are given.
    pub(crate) fn start(peer: Peer, case: &Case, answer: &[u8], cores: Cores) -> Outcome<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["serve", peer.name(), case.name]);
        command.args(cores.server.map(|core| core.to_string()));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        stdin.write_all(answer)?;
        stdin.write_all(b"\n")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse();
        let address = address.map_err(|_| format!("{} did not start", peer.name()))?;
        Ok(Self {
            peer,
            address,
            child,
            _stdin: stdin,
        })
    }

    /// The time that all its threads have run.
    pub(crate) fn cpu(&self) -> io::Result<Duration> {
        cpu_of(&self.child.id().to_string())
    }

    /// The bytes of memory that the system counts.
    pub(crate) fn rss(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kib = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib * 1024)
            .ok_or_else(|| io::Error::other("no `VmRSS`"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
