//! Statistics as Parquet, where it was built in (`--features parquet`).

use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;

/// The bytes of the file.
///
/// # Errors
/// What polars says.
pub fn parquet(frame: &mut DataFrame) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .finish(frame)
        .map_err(|error| format!("cannot write Parquet: {error}"))?;
    Ok(bytes)
}
