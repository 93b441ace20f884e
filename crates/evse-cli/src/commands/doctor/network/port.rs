//! The one port that this program needs for itself: `EVSEMaster` chargers send to UDP 28376 and to no other. Duosida
//! chargers are searched and connected to from any free port.

use std::collections::BTreeSet;

use evse::em;

use super::super::Finding;
use super::super::holder::holders;

/// Why the socket of `EVSEMaster` chargers cannot be opened.
pub(super) fn failed(error: &em::Error) -> Finding {
    match error {
        em::Error::PortTaken { port } => taken(*port),
        other => Finding::problem(
            "em-port-failed",
            "UDP port of EVSEMaster chargers",
            other.to_string(),
            "check `[em]` in the configuration, and this program's permissions",
        ),
    }
}

pub(super) fn free(port: u16) -> Finding {
    Finding::ok("em-port", format!("UDP port {port}"), "free")
}

fn taken(port: u16) -> Finding {
    let owners: Vec<Owner> = ["/proc/net/udp", "/proc/net/udp6"]
        .into_iter()
        .filter_map(|table| std::fs::read_to_string(table).ok())
        .flat_map(|table| owners(&table, port))
        .collect();
    let is_one = |target: &std::path::Path| {
        owners
            .iter()
            .any(|owner| target.as_os_str() == &*owner.link())
    };
    let holders: Vec<String> = holders(is_one).iter().map(ToString::to_string).collect();
    let (who, how) = who(&holders, &owners, port);
    Finding::problem(
        "port-taken",
        format!("UDP port {port}"),
        format!(
            "held by {who}; EVSEMaster chargers send to this port only, and one program can have it"
        ),
        format!(
            "end that program if it talks to chargers (another evse command, an EVSEMaster or Besen integration, \
             evcc){how}"
        ),
    )
}

/// Who it is, and how to find out more.
fn who(holders: &[String], owners: &[Owner], port: u16) -> (String, String) {
    let look = if cfg!(target_os = "linux") {
        format!("; `sudo ss -ulpn 'sport = :{port}'` names it")
    } else if cfg!(windows) {
        "; `netstat -ano -p UDP` tells its number".to_owned()
    } else {
        format!("; `sudo lsof -nP -iUDP:{port}` names it")
    };
    if !holders.is_empty() {
        return (holders.join(", "), String::new());
    }
    let users: BTreeSet<u32> = owners.iter().map(|owner| owner.uid).collect();
    let users: Vec<String> = users.iter().map(ToString::to_string).collect();
    if users.is_empty() {
        return ("another program".to_owned(), look);
    }
    let who = format!(
        "a program of the user with the number {}, which cannot be seen from here: it is another user's, or in a container",
        users.join(" or ")
    );
    (who, look)
}

/// A socket, in the table of one.
#[derive(Debug, PartialEq, Eq)]
struct Owner {
    uid: u32,
    inode: u64,
}

impl Owner {
    /// What the file descriptors of its process point to.
    fn link(&self) -> String {
        format!("socket:[{}]", self.inode)
    }
}

/// The sockets on a port. Each line but the first: number, local address and port in hexadecimal digits, remote ones,
/// state, queues, timer, retransmissions, user, timeout, inode, more. Source: proc(5), Linux `net/ipv4/udp.c`.
fn owners(table: &str, port: u16) -> Vec<Owner> {
    let of_line = |line: &str| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let (_, local) = columns.next()?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(local, 16) == Ok(port);
        let uid = columns.nth(5)?.parse().ok()?;
        let inode = columns.nth(1)?.parse().ok()?;
        is_it.then_some(Owner { uid, inode })
    };
    table.lines().skip(1).filter_map(of_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  137: 00000000:6ED8 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 31337 2 0000000000000000 0
 2001: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 20311 2 0000000000000000 0
";
    const IPV6: &str = "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  137: 00000000000000000000000000000000:6ED8 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0
";

    #[test]
    fn a_socket_has_a_user_and_an_inode() {
        let owner = |uid, inode| vec![Owner { uid, inode }];
        assert_eq!(owners(IPV4, 28_376), owner(1000, 31_337));
        assert_eq!(owners(IPV6, 28_376), owner(0, 4_711));
        assert_eq!(owners(IPV4, 53), owner(101, 20_311));
        assert_eq!(owners(IPV4, 9_988), []);
        assert_eq!(owners("", 53), []);
        assert_eq!(owner(0, 7)[0].link(), "socket:[7]");
    }

    #[test]
    fn whom_it_cannot_see_it_does_not_name() {
        let seen = who(
            &["python3 (process 7)".to_owned()],
            &owners(IPV4, 28_376),
            28_376,
        );
        assert_eq!(seen, ("python3 (process 7)".to_owned(), String::new()));
        let (unseen, how) = who(&[], &owners(IPV4, 28_376), 28_376);
        assert!(
            unseen.contains("number 1000") && unseen.contains("cannot be seen"),
            "{unseen}"
        );
        assert!(how.contains("28376"), "{how}");
        assert_eq!(who(&[], &[], 28_376).0, "another program");
    }
}
