//! Capture files: pcap and pcapng, in and out.
//!
//! ```
//! use evse_capture::pcap::{LinkType, Packet, Reader, Writer};
//! use std::time::Duration;
//!
//! let mut file = Vec::new();
//! let mut writer = Writer::new(&mut file, LinkType::ETHERNET)?;
//! writer.write(&Packet::new(Duration::from_secs(1), LinkType::ETHERNET, vec![0; 60]))?;
//! let packets: Vec<Packet> = Reader::new(&file)?.collect::<Result<_, _>>()?;
//! assert_eq!(packets[0].bytes.len(), 60);
//! # Ok::<(), evse_capture::Error>(())
//! ```

mod writer;

use std::time::Duration;

use pcap_parser::nom::IResult;
use pcap_parser::pcapng::{Block, parse_block_be, parse_block_le};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{LegacyPcapBlock, PcapError};
use pcap_parser::{parse_pcap_frame, parse_pcap_frame_be, parse_pcap_header};

use crate::Error;

pub use writer::Writer;

/// What the bytes of a packet begin with: a number from the registry of the tcpdump group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback: the address family in the byte order of the machine that captured.
    pub const NULL: Self = Self(0);
    /// Ethernet.
    pub const ETHERNET: Self = Self(1);
    /// An IPv4 or IPv6 packet.
    pub const RAW: Self = Self(101);
    /// `OpenBSD` loopback: the address family, big-endian.
    pub const LOOP: Self = Self(108);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// An IPv4 packet.
    pub const IPV4: Self = Self(228);
    /// An IPv6 packet.
    pub const IPV6: Self = Self(229);
    /// A serial line, see [`crate::link::Serial`].
    pub const RTAC_SERIAL: Self = Self(250);
    /// Linux "cooked" capture, version 2: what `tcpdump -i any` writes.
    pub const LINUX_SLL2: Self = Self(276);
}

/// One captured packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// When, since the Unix epoch.
    pub time: Duration,
    /// What the bytes begin with.
    pub link: LinkType,
    /// What was captured.
    pub bytes: Vec<u8>,
    /// Length on the wire; more than was captured when the capture cut packets off.
    pub wire_len: u32,
}

impl Packet {
    /// A packet that was captured as a whole.
    pub fn new(time: Duration, link: LinkType, bytes: Vec<u8>) -> Self {
        let wire_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self {
            time,
            link,
            bytes,
            wire_len,
        }
    }
}

/// The packets of a file, in its order. The first error is the last item: a file that was cut off gives all packets
/// before the cut.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    format: Format,
}

#[derive(Debug)]
enum Format {
    Pcap {
        link: LinkType,
        big_endian: bool,
        nanoseconds: bool,
    },
    PcapNg {
        big_endian: bool,
        interfaces: Vec<Interface>,
    },
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    snap_len: u32,
    units_per_second: u64,
    offset_s: i64,
}

impl<'a> Reader<'a> {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// [`Error::NotACapture`] for anything but pcap (microseconds or nanoseconds, either byte order) and pcapng.
    pub fn new(file: &'a [u8]) -> Result<Self, Error> {
        if file.starts_with(&SECTION_HEADER) {
            let format = Format::PcapNg {
                big_endian: false,
                interfaces: Vec::new(),
            };
            return Ok(Self { rest: file, format });
        }
        let (rest, header) = parse_pcap_header(file).map_err(|_| Error::NotACapture)?;
        if header.is_modified_format() {
            return Err(Error::NotACapture);
        }
        let format = Format::Pcap {
            // The upper bits say whether a frame check sequence follows.
            link: LinkType(header.network.0.cast_unsigned() & 0xFFFF),
            big_endian: header.is_bigendian(),
            nanoseconds: header.is_nanosecond_precision(),
        };
        Ok(Self { rest, format })
    }

    fn step(&mut self) -> Result<Option<Packet>, Error> {
        match &mut self.format {
            Format::Pcap {
                link,
                big_endian,
                nanoseconds,
            } => {
                let parse = if *big_endian {
                    parse_pcap_frame_be
                } else {
                    parse_pcap_frame
                };
                let block: LegacyPcapBlock<'_> = take(&mut self.rest, parse)?;
                let fraction = if *nanoseconds {
                    Duration::from_nanos(block.ts_usec.into())
                } else {
                    Duration::from_micros(block.ts_usec.into())
                };
                Ok(Some(Packet {
                    time: Duration::from_secs(block.ts_sec.into()) + fraction,
                    link: *link,
                    bytes: block.data.to_vec(),
                    wire_len: block.origlen,
                }))
            }
            Format::PcapNg {
                big_endian,
                interfaces,
            } => {
                if self.rest.starts_with(&SECTION_HEADER) {
                    *big_endian = self.rest.get(8..12) == Some(&BYTE_ORDER_MAGIC.to_be_bytes());
                    interfaces.clear();
                }
                let parse = if *big_endian {
                    parse_block_be
                } else {
                    parse_block_le
                };
                let block = take(&mut self.rest, parse)?;
                packet_of(&block, interfaces, *big_endian)
            }
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Packet, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            match self.step() {
                Ok(Some(packet)) => return Some(Ok(packet)),
                Ok(None) => {}
                Err(error) => {
                    self.rest = &[];
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Takes one block off the front.
fn take<'a, T>(
    rest: &mut &'a [u8],
    parse: impl Fn(&'a [u8]) -> IResult<&'a [u8], T, PcapError<&'a [u8]>>,
) -> Result<T, Error> {
    let bytes_left = rest.len();
    match parse(rest) {
        // A block without length would be read for ever.
        Ok((after, block)) if after.len() < bytes_left => {
            *rest = after;
            Ok(block)
        }
        Err(pcap_parser::nom::Err::Incomplete(_)) => Err(Error::CutOff { bytes_left }),
        _ => Err(Error::Damaged { bytes_left }),
    }
}

fn packet_of(
    block: &Block<'_>,
    interfaces: &mut Vec<Interface>,
    big_endian: bool,
) -> Result<Option<Packet>, Error> {
    match block {
        Block::InterfaceDescription(description) => {
            if interfaces.len() >= MAX_INTERFACES {
                return Err(Error::TooManyInterfaces);
            }
            interfaces.push(Interface {
                link: LinkType(description.linktype.0.cast_unsigned()),
                snap_len: description.snaplen,
                units_per_second: units_per_second(description.if_tsresol),
                // The parser reads it as little-endian in every file.
                offset_s: if big_endian {
                    description.if_tsoffset.swap_bytes()
                } else {
                    description.if_tsoffset
                },
            });
            Ok(None)
        }
        Block::EnhancedPacket(packet) => {
            let interface = usize::try_from(packet.if_id)
                .ok()
                .and_then(|index| interfaces.get(index))
                .ok_or(Error::NoInterface(packet.if_id))?;
            let units = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            Ok(Some(Packet {
                time: interface.time(units),
                link: interface.link,
                bytes: packet.packet_data().to_vec(),
                wire_len: packet.origlen,
            }))
        }
        Block::SimplePacket(packet) => {
            let interface = interfaces.first().ok_or(Error::NoInterface(0))?;
            // 0 means no limit.
            let limit = interface
                .snap_len
                .checked_sub(1)
                .map_or(u32::MAX, |n| n + 1);
            let len = usize::try_from(packet.origlen.min(limit)).unwrap_or(usize::MAX);
            let bytes = packet.data.get(..len).unwrap_or(packet.data);
            Ok(Some(Packet {
                time: Duration::ZERO,
                link: interface.link,
                bytes: bytes.to_vec(),
                wire_len: packet.origlen,
            }))
        }
        _ => Ok(None),
    }
}

impl Interface {
    fn time(&self, units: u64) -> Duration {
        let seconds = units / self.units_per_second;
        let fraction = u128::from(units % self.units_per_second);
        let nanos = fraction * 1_000_000_000 / u128::from(self.units_per_second);
        Duration::new(
            seconds.saturating_add_signed(self.offset_s),
            u32::try_from(nanos).unwrap_or_default(),
        )
    }
}

/// `if_tsresol`: a negative power of 10, or of 2 with the highest bit set. What overflows is read as the default.
fn units_per_second(resolution: u8) -> u64 {
    let exponent = u32::from(resolution & 0x7F);
    let units = if resolution & 0x80 == 0 {
        10_u64.checked_pow(exponent)
    } else {
        1_u64.checked_shl(exponent)
    };
    units.unwrap_or(1_000_000)
}

const SECTION_HEADER: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];
const BYTE_ORDER_MAGIC: u32 = 0x1A2B_3C4D;
/// Larger than any machine's; each costs memory.
const MAX_INTERFACES: usize = 4096;
