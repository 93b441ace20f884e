//! The machine's IPv4 networks: where to search.

use std::{io, net::Ipv4Addr};

use if_addrs::{IfAddr, Interface};

/// An address of this machine and its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: Ipv4Addr,
    mask: u32,
}

/// The networks of the interfaces with these names; with no names, of all but loopback ones.
pub(crate) fn networks(names: &[String]) -> io::Result<Vec<Network>> {
    let wanted = |interface: &Interface| {
        if names.is_empty() {
            !interface.is_loopback()
        } else {
            names.contains(&interface.name)
        }
    };
    let network = |interface: Interface| match interface.addr {
        IfAddr::V4(v4) => Some(Network {
            address: v4.ip,
            mask: v4.netmask.to_bits(),
        }),
        IfAddr::V6(_) => None,
    };
    Ok(if_addrs::get_if_addrs()?
        .into_iter()
        .filter(wanted)
        .filter_map(network)
        .collect())
}

impl Network {
    /// The address that reaches every host; `None` for links of two hosts or one.
    pub(crate) fn broadcast(self) -> Option<Ipv4Addr> {
        (self.mask.count_zeros() > 1)
            .then(|| Ipv4Addr::from_bits(self.address.to_bits() | !self.mask))
    }

    /// The other hosts, at most those that share the first three numbers of this address.
    pub(crate) fn neighbours(self) -> impl Iterator<Item = Ipv4Addr> {
        let mask = self.mask | !0xFF;
        let own = self.address.to_bits();
        let (first, last) = (own & mask, own | !mask);
        // Links of two hosts have neither network nor broadcast address.
        let edge = u32::from(last - first > 1);
        (first + edge..=last - edge)
            .filter(move |&host| host != own)
            .map(Ipv4Addr::from_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: [u8; 4], prefix: u32) -> Network {
        Network {
            address: address.into(),
            mask: u32::MAX.checked_shl(32 - prefix).unwrap_or(0),
        }
    }

    #[test]
    fn broadcast_reaches_the_whole_network() {
        let cases = [
            ([192, 0, 2, 7], 24, Some([192, 0, 2, 255])),
            ([192, 0, 2, 7], 29, Some([192, 0, 2, 7])),
            ([10, 1, 2, 3], 8, Some([10, 255, 255, 255])),
            ([192, 0, 2, 7], 31, None),
            ([192, 0, 2, 7], 32, None),
        ];
        for (address, prefix, expected) in cases {
            assert_eq!(
                network(address, prefix).broadcast(),
                expected.map(Ipv4Addr::from),
                "{address:?}/{prefix}"
            );
        }
    }

    #[test]
    fn neighbours_are_few_and_not_this_machine() {
        for (prefix, count) in [
            (0, 253),
            (8, 253),
            (24, 253),
            (29, 5),
            (30, 1),
            (31, 1),
            (32, 0),
        ] {
            let network = network([192, 0, 2, 1], prefix);
            let neighbours: Vec<_> = network.neighbours().collect();
            assert_eq!(neighbours.len(), count, "/{prefix}");
            assert!(!neighbours.contains(&network.address));
        }
    }
}
