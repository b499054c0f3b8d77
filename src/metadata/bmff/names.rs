//! Names of boxes, handlers, brands, makers and tags.

/// What a box is; empty for unknown ones.
pub(super) const fn meaning(kind: [u8; 4]) -> &'static str {
    match &kind {
        b"ftyp" | b"styp" => "kind of the file",
        b"moov" => "movie",
        b"mvhd" => "movie header",
        b"trak" => "track",
        b"tkhd" => "track header",
        b"edts" => "edits",
        b"elst" => "edit list",
        b"mdia" => "media of the track",
        b"mdhd" => "media header",
        b"hdlr" => "handler",
        b"minf" => "media information",
        b"vmhd" => "video header",
        b"smhd" => "sound header",
        b"dinf" => "data information",
        b"dref" => "where the data lie",
        b"stbl" => "sample tables: where each frame or piece of sound lies",
        b"stsd" => "sample descriptions: coding and size",
        b"stts" => "durations of the samples",
        b"ctts" => "from decoding to showing, for each sample",
        b"stss" => "numbers of the key frames",
        b"stsc" => "how many samples each chunk has",
        b"stsz" | b"stz2" => "bytes of each sample",
        b"stco" | b"co64" => "where each chunk of samples begins",
        b"udta" => "user data",
        b"meta" => "metadata",
        b"ilst" => "list of tags",
        b"keys" => "names of tags",
        b"iinf" => "list of items",
        b"iloc" => "places of the items",
        b"iprp" => "properties of the items",
        b"ipco" => "list of properties",
        b"ipma" => "which item has which property",
        b"iref" => "references between items",
        b"pitm" => "the main item",
        b"idat" => "data of items",
        b"mdat" => "coded data",
        b"moof" => "fragment",
        b"mfhd" => "number of the fragment",
        b"traf" => "a track in the fragment",
        b"tfhd" => "header of a track in the fragment",
        b"tfdt" => "time of the fragment",
        b"trun" => "samples of the fragment",
        b"trex" => "what holds for the samples of fragments",
        b"mehd" => "length of all fragments",
        b"tfra" => "places of the fragments of a track",
        b"mfro" => "length of the index of the fragments",
        b"mfra" => "index of the fragments",
        b"sidx" => "index of segments",
        b"free" | b"skip" => "free space",
        b"wide" => "room for a longer size",
        b"uuid" => "box with a name of its own",
        b"jumb" => "JUMBF",
        b"tref" => "references between tracks",
        b"tapt" => "shown sizes",
        b"mvex" => "the movie has fragments",
        b"pasp" => "shape of the pixels",
        b"colr" => "colors",
        b"btrt" => "bit rate",
        b"ispe" => "size of a picture",
        b"irot" => "turn of a picture",
        b"pixi" => "bits of the channels",
        b"avcC" | b"hvcC" | b"av1C" | b"vpcC" => "configuration of the decoder",
        _ => "",
    }
}

/// Boxes that hold boxes.
pub(super) const fn is_container(kind: [u8; 4]) -> bool {
    matches!(
        &kind,
        b"moov"
            | b"trak"
            | b"edts"
            | b"mdia"
            | b"minf"
            | b"dinf"
            | b"stbl"
            | b"iprp"
            | b"ipco"
            | b"moof"
            | b"traf"
            | b"mvex"
            | b"mfra"
            | b"tapt"
            | b"gmhd"
            | b"tref"
            | b"udta"
            | b"sinf"
            | b"schi"
    )
}

/// The words for a handler.
pub(super) const fn handler(kind: [u8; 4]) -> Option<&'static str> {
    Some(match &kind {
        b"vide" => "Video Track",
        b"soun" => "Audio Track",
        b"pict" => "Picture",
        b"mdir" => "Metadata",
        b"mdta" => "Metadata Tags",
        b"meta" => "NRT Metadata",
        b"hint" => "Hint Track",
        b"text" => "Text",
        b"sbtl" => "Subtitle",
        b"tmcd" => "Time Code",
        b"alis" => "Alias Data",
        b"url " => "URL",
        b"auxv" => "Auxiliary Video",
        _ => return None,
    })
}

/// Makers by their code of four letters.
pub(super) const fn vendor(code: [u8; 4]) -> Option<&'static str> {
    Some(match &code {
        b"appl" => "Apple",
        b"FFMP" => "FFmpeg",
        b"pent" => "Pentax",
        b"niko" => "Nikon",
        b"pana" => "Panasonic",
        b"olym" | b"mino" => "Olympus",
        b"sany" => "Sanyo",
        b"fuji" => "Fujifilm",
        b"kdak" => "Kodak",
        b"leic" => "Leica",
        b"SMI " => "Sorenson Media Inc.",
        b"ZORA" => "Zoran Corporation",
        b"GIC " => "General Imaging Co.",
        b"SAMS" => "Samsung",
        _ => return None,
    })
}

/// The words for a main brand.
pub(super) const fn brand(code: [u8; 4]) -> Option<&'static str> {
    Some(match &code {
        b"isom" => "MP4 Base Media v1 [IS0 14496-12:2003]",
        b"iso2" => "MP4 Base Media v2 [ISO 14496-12:2005]",
        b"mp41" => "MP4 v1 [ISO 14496-1:ch13]",
        b"mp42" => "MP4 v2 [ISO 14496-14]",
        b"avc1" => "MP4 Base w/ AVC ext [ISO 14496-12:2005]",
        b"qt  " => "Apple QuickTime (.MOV/QT)",
        b"M4A " => "Apple iTunes AAC-LC (.M4A) Audio",
        b"M4V " => "Apple iTunes Video (.M4V) Video",
        b"3gp4" => "3GPP Media (.3GP) Release 4",
        b"3gp5" => "3GPP Media (.3GP) Release 5",
        b"mif1" => "High Efficiency Image Format still image (.HEIF)",
        b"msf1" => "High Efficiency Image Format sequence (.HEIFS)",
        b"heic" => "High Efficiency Image Format HEVC still image (.HEIC)",
        b"hevc" => "High Efficiency Image Format HEVC sequence (.HEICS)",
        b"avif" => "AV1 Image File Format (.AVIF)",
        b"XAVC" => "XAVC",
        _ => return None,
    })
}

/// The name of a tag of four bytes in user data or a list of tags.
pub(super) const fn tag(code: [u8; 4]) -> Option<&'static str> {
    Some(match &code {
        b"\xA9nam" | b"titl" | b"name" => "Title",
        b"\xA9ART" | b"perf" => "Artist",
        b"aART" => "AlbumArtist",
        b"\xA9alb" | b"albm" => "Album",
        b"\xA9day" => "ContentCreateDate",
        b"\xA9cmt" => "Comment",
        b"\xA9gen" | b"gnre" => "Genre",
        b"\xA9wrt" | b"\xA9com" => "Composer",
        b"\xA9grp" => "Grouping",
        b"\xA9lyr" => "Lyrics",
        b"\xA9too" | b"\xA9enc" => "Encoder",
        b"\xA9swr" => "SoftwareVersion",
        b"\xA9cpy" | b"cprt" => "Copyright",
        b"\xA9des" | b"desc" | b"dscp" => "Description",
        b"\xA9xyz" => "GPSCoordinates",
        b"\xA9mak" | b"manu" => "Make",
        b"\xA9mod" | b"modl" | b"CNMN" => "Model",
        b"\xA9inf" => "Information",
        b"\xA9fmt" => "Format",
        b"\xA9req" => "Requirements",
        b"\xA9dir" => "Director",
        b"\xA9prd" => "Producer",
        b"\xA9prf" => "Performers",
        b"auth" => "Author",
        b"loci" => "LocationInformation",
        b"yrrc" => "Year",
        b"CNCV" => "CompressorVersion",
        b"CNFV" => "FirmwareVersion",
        b"trkn" => "TrackNumber",
        b"disk" => "DiskNumber",
        b"tmpo" => "BeatsPerMinute",
        b"cpil" => "Compilation",
        b"pgap" => "PlayGap",
        b"covr" => "CoverArt",
        b"rtng" => "Rating",
        _ => return None,
    })
}

/// The name of a tag with a dotted key.
pub(super) fn key(key: &str) -> String {
    let short = key
        .strip_prefix("com.apple.quicktime.")
        .or_else(|| key.strip_prefix("com.android."))
        .unwrap_or(key);
    let known = match key {
        "com.apple.quicktime.location.ISO6709" => "GPSCoordinates",
        "com.apple.quicktime.creationdate" => "CreationDate",
        "com.apple.quicktime.displayname" => "DisplayName",
        "com.apple.quicktime.content.identifier" => "ContentIdentifier",
        "com.android.version" => "AndroidVersion",
        "com.android.capture.fps" => "AndroidCaptureFPS",
        "com.android.manufacturer" => "AndroidMake",
        "com.android.model" => "AndroidModel",
        _ => "",
    };
    if known.is_empty() {
        let parts = short.split(['.', '-', '_', ' ']);
        parts.map(crate::base::text::capitalized).collect()
    } else {
        known.to_owned()
    }
}
