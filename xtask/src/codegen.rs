//! `.proto` to committed Rust: the prost types, and the tables that the schema walker reads.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};
use protox::prost_reflect::DescriptorPool;

use crate::workspace::root;

/// Options of `cargo xtask codegen`.
#[derive(Args)]
pub(crate) struct Codegen {
    /// Write nothing; fail when a committed file differs from what would be written.
    #[arg(long)]
    check: bool,
}

/// Messages whose `Debug` is written by hand, because they hold secrets or personal data.
const HAND_WRITTEN_DEBUG: [&str; 8] = [
    ".duosida.BootNotificationReq",
    ".duosida.ChangeConfigurationReq",
    ".duosida.DataPullAllConfigurationConf",
    ".duosida.DataVendorStatusReq",
    ".duosida.Envelope",
    ".duosida.IdToken",
    ".duosida.KeyValue",
    ".duosida.RemoteStartTransactionReq",
];

const HEADER: &str =
    "// Written by `cargo xtask codegen` from proto/duosida.proto. Do not edit.\n\n";

pub(crate) fn run(options: &Codegen) -> Result<()> {
    let crate_dir = root().join("crates/duosida-proto");
    let mut compiler = protox::Compiler::new([crate_dir.join("proto")])?;
    compiler
        .include_source_info(true)
        .open_file("duosida.proto")?;
    let descriptors = compiler.file_descriptor_set();
    let file = descriptors
        .file
        .first()
        .context("the schema is empty")?
        .clone();

    let types = prost_types_source(descriptors)?;
    let tables = tables_source(&file, &compiler.descriptor_pool())?;
    let mut stale = Vec::new();
    for (name, source) in [("duosida.rs", types), ("schema.rs", tables)] {
        let source = formatted(&source)?;
        let path = crate_dir.join("src/generated").join(name);
        if options.check {
            if std::fs::read_to_string(&path).unwrap_or_default() != source {
                stale.push(path);
            }
        } else {
            write(&path, &source)?;
        }
    }
    if !stale.is_empty() {
        bail!("not what proto/duosida.proto gives: {stale:?}; run `cargo xtask codegen`");
    }
    Ok(())
}

fn write(path: &Path, source: &str) -> Result<()> {
    std::fs::write(path, source).with_context(|| format!("cannot write {}", path.display()))
}

/// As `cargo fmt` leaves it.
fn formatted(source: &str) -> Result<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run rustfmt")?;
    let mut input = rustfmt.stdin.take().context("rustfmt has no input")?;
    input.write_all(source.as_bytes())?;
    drop(input);
    let output = rustfmt.wait_with_output()?;
    if !output.status.success() {
        bail!("rustfmt refused the generated code");
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn prost_types_source(descriptors: prost_types::FileDescriptorSet) -> Result<String> {
    let module = prost_build::Module::from_protobuf_package_name("duosida");
    let file = descriptors
        .file
        .into_iter()
        .next()
        .context("the schema is empty")?;
    let mut config = prost_build::Config::new();
    config.skip_debug(HAND_WRITTEN_DEBUG);
    // The path of a message covers the oneof inside it, which needs its derive back.
    config.type_attribute(".duosida.Envelope.message", "#[derive(Debug)]");
    let mut sources = config.generate(vec![(module.clone(), file)])?;
    let source = sources
        .remove(&module)
        .context("prost-build wrote nothing")?;
    Ok(format!("{HEADER}{source}"))
}

/// One `const` for each message and enum, so that the walker needs no allocation and no set-up.
fn tables_source(file: &FileDescriptorProto, pool: &DescriptorPool) -> Result<String> {
    let mut out =
        format!("{HEADER}use crate::schema::{{EnumSchema, FieldSchema, Kind, MessageSchema}};\n");
    for item in &file.enum_type {
        enum_table(&mut out, "", item)?;
    }
    for message in &file.message_type {
        message_table(&mut out, message, pool)?;
    }
    Ok(out)
}

fn message_table(out: &mut String, message: &DescriptorProto, pool: &DescriptorPool) -> Result<()> {
    for item in &message.enum_type {
        enum_table(out, message.name(), item)?;
    }
    writeln!(
        out,
        "\npub static {}: MessageSchema = MessageSchema {{",
        constant(message.name())
    )?;
    writeln!(out, "    name: \"{}\",\n    fields: &[", message.name())?;
    for field in &message.field {
        let repeated = field.label() == Label::Repeated;
        let secret = is_secret(pool, message.name(), field.name())?;
        writeln!(
            out,
            "        FieldSchema {{ number: {}, name: \"{}\", kind: {}, repeated: {repeated}, secret: {secret} }},",
            field.number(),
            field.name(),
            kind(field)?,
        )?;
    }
    writeln!(out, "    ],\n}};")?;
    Ok(())
}

/// Whether the schema marks the field `debug_redact`, an option that `prost_types` does not know.
fn is_secret(pool: &DescriptorPool, message: &str, field: &str) -> Result<bool> {
    let descriptor = pool
        .get_message_by_name(&format!("duosida.{message}"))
        .context("no such message")?;
    let options = descriptor
        .get_field_by_name(field)
        .context("no such field")?
        .options();
    Ok(options
        .get_field_by_name("debug_redact")
        .is_some_and(|value| value.as_bool() == Some(true)))
}

fn enum_table(out: &mut String, parent: &str, item: &EnumDescriptorProto) -> Result<()> {
    let name = constant(&format!("{parent}{}", item.name()));
    writeln!(
        out,
        "\npub static {name}: EnumSchema = EnumSchema {{\n    names: &["
    )?;
    for (index, value) in item.value.iter().enumerate() {
        if usize::try_from(value.number()).ok() != Some(index) {
            bail!("{name} does not count from 0 without gaps");
        }
        writeln!(out, "        \"{}\",", value.name().replace('_', "."))?;
    }
    writeln!(out, "    ],\n}};")?;
    Ok(())
}

fn kind(field: &FieldDescriptorProto) -> Result<String> {
    let reference = || {
        constant(
            &field
                .type_name()
                .trim_start_matches(".duosida.")
                .replace('.', ""),
        )
    };
    Ok(match field.r#type() {
        Type::String => "Kind::Text".into(),
        Type::Bytes => "Kind::Bytes".into(),
        Type::Bool => "Kind::Bool".into(),
        Type::Int32 => "Kind::Int".into(),
        Type::Int64 => "Kind::Long".into(),
        Type::Uint64 => "Kind::Uint".into(),
        Type::Sint32 | Type::Sint64 => "Kind::ZigZag".into(),
        Type::Float => "Kind::Float".into(),
        Type::Enum => format!("Kind::Enum(&{})", reference()),
        Type::Message => format!("Kind::Message(&{})", reference()),
        other => bail!("the walker does not know {other:?} ({})", field.name()),
    })
}

/// `DataVendorStatusReq` to `DATA_VENDOR_STATUS_REQ`; runs of capitals stay together.
fn constant(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, &c) in chars.iter().enumerate() {
        let after_lower = index > 0
            && chars
                .get(index - 1)
                .is_some_and(|p| p.is_lowercase() || p.is_numeric());
        if c.is_uppercase() && after_lower {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
