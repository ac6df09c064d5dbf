//! A second line between the processes of a group, by which each hears of the end of another.
//!
//! A process that waits in MPI for one that is gone may wait for ever. So rank 0 also has a TCP
//! connection to each other rank, and threads that do nothing but watch. They tell three cases
//! apart:
//!
//! - *Gone.* The system closes the connections of a process that dies, at once. A machine that
//!   vanishes closes nothing, but no longer acknowledges what is sent to it: the connection fails
//!   after [`UNANSWERED`]. Every rank says which rank is gone, and ends.
//! - *Silent.* A process that is stopped, or starved, sends no heartbeat, but its system still
//!   acknowledges ours. Every rank says for whom it waits, and waits.
//! - *Leaving.* A process that ends on purpose says so first, with its exit code.
//!
//! Rank 0 hears all others and tells them what it hears; they hear rank 0.
//!
//! A message is a byte for its kind, a byte for an exit code, two for its length, and text.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tensor::Group;

/// The time after which a machine that acknowledges nothing counts as gone.
pub const UNANSWERED: Duration = Duration::from_secs(15);
/// The time after which everybody hears of a process that sends no heartbeat.
pub const SILENT: Duration = Duration::from_secs(20);
/// From one heartbeat to the next.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The time in which all ranks must have found each other.
const MEETING: Duration = Duration::from_secs(20);
/// The time that rank 0 has to end by itself, when another rank has failed.
const GRACE: Duration = Duration::from_secs(5);

/// The exit code of a process that ends because another one is gone.
pub const GONE: u8 = 4;

const ALIVE: u8 = b'.';
const NOTICE: u8 = b'n';
const OVER: u8 = b'x';
const FAILED: u8 = b'f';
const LEAVING: u8 = b'l';

/// Prints a line for people.
type Say = fn(&str);

/// A connection to another rank.
struct Line {
    name: String,
    stream: TcpStream,
    /// When something was heard last.
    heard: Instant,
    is_silent: bool,
    /// The exit code with which the other leaves, once it has said so.
    leaving: Option<u8>,
}

/// Watches the other ranks for as long as the process lives.
#[derive(Clone)]
pub struct Watch {
    rank: usize,
    lines: Arc<Mutex<Vec<Line>>>,
    /// Whether this process has done its work: nothing that happens to others matters any more.
    is_done: Arc<AtomicBool>,
    say: Say,
}

impl Watch {
    /// Connects all ranks of `group`, whose `names` are for people, and watches from now on.
    ///
    /// # Errors
    /// If the ranks cannot reach each other.
    pub fn start(group: &dyn Group, names: &[String], say: Say) -> Result<Self, String> {
        let lines = connect(group, names);
        // All or none: nobody must go on while another has given up.
        let problem = lines.as_ref().err().cloned().unwrap_or_default();
        for (rank, name) in names.iter().enumerate() {
            let problem = group.broadcast(rank, problem.clone().into_bytes());
            if !problem.is_empty() {
                return Err(format!("{name}: {}", String::from_utf8_lossy(&problem)));
            }
        }
        let watch = Self { rank: group.rank(), lines: Arc::new(Mutex::new(lines?)), is_done: Arc::default(), say };
        let streams: Vec<_> = watch.lines().iter().map(|line| line.stream.try_clone()).collect();
        for (i, stream) in streams.into_iter().enumerate() {
            let stream = stream.map_err(|error| error.to_string())?;
            let reader = watch.clone();
            thread::spawn(move || reader.listen(i, stream));
        }
        let beating = watch.clone();
        thread::spawn(move || beating.beat());
        Ok(watch)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says that this process ends, with this exit code, and that the others shall end too.
    pub fn leave(&self, code: u8) {
        self.is_done.store(true, Ordering::SeqCst);
        self.tell(LEAVING, code, "");
    }

    /// Waits for the end, after this process has failed with `reason`. Rank 0 may have failed too,
    /// and says why; otherwise it says what happened here.
    pub fn fail(&self, code: u8, reason: &str) -> ! {
        self.tell(FAILED, code, reason);
        thread::sleep(4 * GRACE + UNANSWERED);
        process::exit(code.into())
    }

    /// Sends to all that are still there.
    fn tell(&self, kind: u8, code: u8, text: &str) {
        for line in self.lines().iter_mut() {
            let _ = send(&mut line.stream, kind, code, text); // its reader hears of a broken connection
        }
    }

    /// Ends this process and, by rank 0, all others, with one line.
    fn end(&self, code: u8, text: &str) -> ! {
        (self.say)(text);
        if self.rank == 0 {
            self.tell(OVER, code, text);
        }
        process::exit(code.into())
    }

    /// Sends heartbeats, and says who sends none.
    fn beat(&self) {
        loop {
            let mut notices = Vec::new();
            for line in self.lines().iter_mut() {
                let _ = send(&mut line.stream, ALIVE, 0, "");
                let is_silent = SILENT < line.heard.elapsed();
                if is_silent != line.is_silent && line.leaving.is_none() {
                    line.is_silent = is_silent;
                    notices.push(if is_silent {
                        format!(
                            "waiting for {}, which has been silent for {} s: it may be stopped",
                            line.name,
                            SILENT.as_secs()
                        )
                    } else {
                        format!("{} is heard again", line.name)
                    });
                }
            }
            if !self.is_done.load(Ordering::SeqCst) {
                for notice in notices {
                    (self.say)(&notice);
                    if self.rank == 0 {
                        self.tell(NOTICE, 0, &notice);
                    }
                }
            }
            thread::sleep(HEARTBEAT);
        }
    }

    /// Listens to one rank until it is gone.
    fn listen(&self, i: usize, mut stream: TcpStream) {
        let failed = Arc::new(AtomicBool::new(false));
        loop {
            let message = receive(&mut stream);
            let name = {
                let mut lines = self.lines();
                lines[i].heard = Instant::now();
                lines[i].name.clone()
            };
            match message {
                Ok((ALIVE, ..)) => {}
                Ok((NOTICE, _, text)) => (self.say)(&text),
                Ok((OVER, code, text)) => {
                    if self.is_done.load(Ordering::SeqCst) {
                        return;
                    }
                    (self.say)(&text);
                    process::exit(code.into());
                }
                Ok((LEAVING, code, _)) => self.lines()[i].leaving = Some(code),
                Ok((_, code, text)) => {
                    let watch = self.clone();
                    failed.store(true, Ordering::SeqCst);
                    thread::spawn(move || {
                        thread::sleep(GRACE);
                        if !watch.is_done.load(Ordering::SeqCst) {
                            watch.end(code, &format!("{name}: {text}"));
                        }
                    });
                }
                Err(error) => {
                    if self.is_done.load(Ordering::SeqCst) || failed.load(Ordering::SeqCst) {
                        return;
                    }
                    if let Some(code) = self.lines()[i].leaving {
                        process::exit(code.into());
                    }
                    let how = match error.kind() {
                        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                            format!("its machine does not answer: {error}")
                        }
                        _ => "its process has ended".to_owned(),
                    };
                    self.end(
                        GONE,
                        &format!(
                            "{name} is gone ({how}); what was saved stays as it was, and resume goes on from there"
                        ),
                    );
                }
            }
        }
    }
}

fn send(stream: &mut TcpStream, kind: u8, code: u8, text: &str) -> io::Result<()> {
    let text = &text.as_bytes()[..text.len().min(4000)];
    let [high, low] = (text.len() as u16).to_be_bytes();
    stream.write_all(&[&[kind, code, high, low], text].concat())
}

fn receive(stream: &mut TcpStream) -> io::Result<(u8, u8, String)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let [kind, code, high, low] = head;
    let mut text = vec![0; usize::from(u16::from_be_bytes([high, low]))];
    stream.read_exact(&mut text)?;
    Ok((kind, code, String::from_utf8_lossy(&text).into_owned()))
}

/// The connections of this rank: rank 0 has one to each other, and these have one to rank 0.
fn connect(group: &dyn Group, names: &[String]) -> Result<Vec<Line>, String> {
    let secret = {
        use std::hash::{BuildHasher, RandomState};
        let random = || RandomState::new().hash_one(0).to_be_bytes();
        [random(), random()].concat()
    };
    let listener = (group.rank() == 0).then(|| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)));
    let invitation = match &listener {
        Some(Ok(listener)) => {
            let port = listener.local_addr().map_or(0, |address| address.port());
            [&secret[..], &port.to_be_bytes()[..], &addresses()[..]].concat()
        }
        _ => vec![],
    };
    let invitation = group.broadcast(0, invitation);
    if invitation.is_empty() {
        return Err(format!("{} can open no port to be watched by", names[0]));
    }
    let (secret, rest) = invitation.split_at(16);
    let port = u16::from_be_bytes([rest[0], rest[1]]);
    let line = |name: &str, stream: TcpStream| -> Result<Line, String> {
        let options = SockRef::from(&stream);
        let set = options.set_tcp_user_timeout(Some(UNANSWERED)).and_then(|()| stream.set_nodelay(true));
        set.and_then(|()| stream.set_read_timeout(None)).map_err(|error| format!("{name}: {error}"))?;
        Ok(Line { name: name.to_owned(), stream, heard: Instant::now(), is_silent: false, leaving: None })
    };
    if let Some(Ok(listener)) = listener {
        let streams = accept(&listener, group.size(), secret);
        return (1..group.size())
            .zip(streams)
            .map(|(rank, stream)| {
                let missing = || format!("{} has not come forward within {} s", names[rank], MEETING.as_secs());
                line(&names[rank], stream.ok_or_else(missing)?)
            })
            .collect();
    }
    let hosts = rest[2..].as_chunks::<4>().0.iter().map(|&octets| IpAddr::V4(octets.into()));
    for host in hosts {
        let address = SocketAddr::new(host, port);
        if let Ok(stream) = greet(address, secret, group.rank()) {
            return Ok(vec![line(&names[0], stream)?]);
        }
    }
    Err(format!("{} cannot be reached at any of its addresses", names[0]))
}

/// This machine's addresses, four bytes each: those that others can reach come first.
fn addresses() -> Vec<u8> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<Ipv4Addr> = interfaces
        .iter()
        .filter_map(|interface| match interface.ip() {
            IpAddr::V4(address) => Some(address),
            IpAddr::V6(_) => None,
        })
        .collect();
    addresses.push(Ipv4Addr::LOCALHOST);
    addresses.sort_by_key(Ipv4Addr::is_loopback);
    addresses.iter().flat_map(Ipv4Addr::octets).collect()
}

/// Goes to rank 0. Another machine may have the same address: rank 0 knows the secret.
fn greet(address: SocketAddr, secret: &[u8], rank: usize) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(secret)?;
    stream.write_all(&(rank as u32).to_be_bytes())?;
    let mut answer = vec![0; secret.len()];
    stream.read_exact(&mut answer)?;
    if answer == secret { Ok(stream) } else { Err(ErrorKind::ConnectionRefused.into()) }
}

/// The connections of ranks 1, 2, …; none where a rank has not come.
fn accept(listener: &TcpListener, size: usize, secret: &[u8]) -> Vec<Option<TcpStream>> {
    let mut streams: Vec<Option<TcpStream>> = (1..size).map(|_| None).collect();
    let started = Instant::now();
    let _ = listener.set_nonblocking(true);
    while streams.iter().any(Option::is_none) && started.elapsed() < MEETING {
        let Ok((mut stream, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(5));
            continue;
        };
        let mut greeting = vec![0; secret.len() + 4];
        let heard = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_read_timeout(Some(Duration::from_secs(2))))
            .and_then(|()| stream.read_exact(&mut greeting));
        let (said, rank) = greeting.split_at(secret.len());
        let rank = u32::from_be_bytes(rank.try_into().unwrap_or_default()) as usize;
        if heard.is_ok() && said == secret && (1..size).contains(&rank) && stream.write_all(secret).is_ok() {
            streams[rank - 1] = Some(stream);
        }
    }
    streams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_as_it_was_sent() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut to = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut from, _) = listener.accept().unwrap();
        send(&mut to, OVER, 3, "rank 1 is gone").unwrap();
        send(&mut to, ALIVE, 0, "").unwrap();
        assert_eq!((OVER, 3, "rank 1 is gone".to_owned()), receive(&mut from).unwrap());
        assert_eq!((ALIVE, 0, String::new()), receive(&mut from).unwrap());
        drop(to);
        assert!(receive(&mut from).is_err());
    }

    /// A stranger that does not know the secret is not taken for a rank.
    #[test]
    fn only_ranks_are_let_in() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let ranks =
            thread::spawn(move || accept(&listener, 3, &[7; 16]).iter().map(Option::is_some).collect::<Vec<_>>());
        assert!(greet(address, &[8; 16], 1).is_err());
        let lines = [2, 1].map(|rank| greet(address, &[7; 16], rank).unwrap());
        assert_eq!(vec![true, true], ranks.join().unwrap());
        drop(lines);
    }
}
