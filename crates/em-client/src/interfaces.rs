//! Where a broadcast goes.

use std::{io, net::Ipv4Addr};

use if_addrs::{IfAddr, Interface};

/// 255.255.255.255, and the broadcast addresses of the interfaces with these names; with no names, of all but loopback
/// ones. The first alone leaves by one interface only.
pub(crate) fn broadcasts(names: &[String]) -> io::Result<Vec<Ipv4Addr>> {
    let wanted = |interface: &Interface| {
        if names.is_empty() {
            !interface.is_loopback()
        } else {
            names.contains(&interface.name)
        }
    };
    let of = |interface: Interface| match interface.addr {
        IfAddr::V4(v4) => broadcast(v4.ip, v4.netmask),
        IfAddr::V6(_) => None,
    };
    let interfaces = if_addrs::get_if_addrs()?.into_iter();
    let mut found: Vec<_> = interfaces.filter(wanted).filter_map(of).collect();
    if names.is_empty() {
        found.push(Ipv4Addr::BROADCAST);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The address that reaches every host; `None` for links of two hosts or one.
fn broadcast(address: Ipv4Addr, mask: Ipv4Addr) -> Option<Ipv4Addr> {
    let mask = mask.to_bits();
    (mask.count_zeros() > 1).then(|| Ipv4Addr::from_bits(address.to_bits() | !mask))
}

#[cfg(test)]
mod tests {
    use super::broadcast;

    #[test]
    fn broadcast_reaches_the_whole_network_and_links_of_two_have_none() {
        let cases = [
            ([192, 0, 2, 7], [255, 255, 255, 0], Some([192, 0, 2, 255])),
            ([10, 1, 2, 3], [255, 0, 0, 0], Some([10, 255, 255, 255])),
            ([192, 0, 2, 7], [255, 255, 255, 254], None),
            ([192, 0, 2, 7], [255, 255, 255, 255], None),
        ];
        for (address, mask, expected) in cases {
            let found = broadcast(address.into(), mask.into());
            assert_eq!(found, expected.map(Into::into), "{address:?} {mask:?}");
        }
    }
}
