//! Who has an address on a network of this machine, as far as the system has asked (ARP).

use std::net::Ipv4Addr;

/// What the system knows of an address that something was just sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Neighbour {
    /// A device has it.
    There,
    /// Nobody answered the question who has it.
    Nobody,
    /// Not asked, such as behind a router, or the system does not tell (it does on Linux).
    Unknown,
}

/// Looks an address up.
pub(super) fn neighbour(ip: Ipv4Addr) -> Neighbour {
    let table = std::fs::read_to_string("/proc/net/arp").unwrap_or_default();
    in_table(&table, ip)
}

/// Each line but the first: IP address, hardware type, flags, hardware address, mask, device. Flag 2 is a complete
/// entry. Source: proc(5), Linux `if_arp.h`.
fn in_table(table: &str, ip: Ipv4Addr) -> Neighbour {
    let flags = table.lines().skip(1).find_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let is_it = columns.next()?.parse() == Ok(ip);
        let flags = columns.nth(1)?.strip_prefix("0x")?;
        u32::from_str_radix(flags, 16).ok().filter(|_| is_it)
    });
    match flags {
        Some(flags) if flags & COMPLETE != 0 => Neighbour::There,
        Some(_) => Neighbour::Nobody,
        None => Neighbour::Unknown,
    }
}

const COMPLETE: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_complete_or_nobody_is_there() {
        const TABLE: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:00:00:00:00:01     *        eth0
192.0.2.7        0x1         0x0         00:00:00:00:00:00     *        eth0
192.0.2.8        0x1         0x6         02:00:00:00:00:08     *        eth0
";
        let of = |host| in_table(TABLE, Ipv4Addr::new(192, 0, 2, host));
        assert_eq!(of(1), Neighbour::There);
        assert_eq!(of(7), Neighbour::Nobody);
        assert_eq!(of(8), Neighbour::There, "made by hand");
        assert_eq!(of(9), Neighbour::Unknown);
        assert_eq!(in_table("", Ipv4Addr::LOCALHOST), Neighbour::Unknown);
    }
}
