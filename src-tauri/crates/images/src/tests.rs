//! Good pictures, and the ones that are broken, lie or are too big.

use image::DynamicImage;
use image::ImageFormat;

use super::make::*;
use super::*;

const MEASURE: Measure = Measure::Patches {
    most: 2_500,
    tokens_per_hundred: 120,
};

fn decoded(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).unwrap()
}

#[track_caller]
fn refused(name: &str, bytes: &[u8]) -> String {
    let error = prepare(name, bytes, MEASURE).unwrap_err();
    format!("{name} {error}.")
}

#[test]
fn a_screenshot_is_sent_pixel_for_pixel() {
    let shot = halves(320, 200);
    let picture = prepare("shot.png", &encoded(&shot, ImageFormat::Png), MEASURE).unwrap();
    assert_eq!(Kind::of(&picture.bytes), Some(Kind::Png));
    assert_eq!(decoded(&picture.bytes).into_rgb8(), shot.into_rgb8());
    assert_eq!((picture.width, picture.height), (320, 200));
    assert_eq!(picture.tokens, 10 * 7 * 120 / 100);
    assert_eq!((picture.name.as_str(), picture.note), ("shot.png", None));
    let small = decoded(&picture.thumbnail);
    assert_eq!((small.width(), small.height()), (256, 160));
}

#[test]
fn a_big_one_is_scaled_to_what_the_model_looks_at() {
    let bytes = encoded(&halves(3000, 3000), ImageFormat::Png);
    let picture = prepare("big.png", &bytes, MEASURE).unwrap();
    let sent = decoded(&picture.bytes).into_rgb8();
    assert_eq!(
        (sent.width(), sent.height(), picture.tokens),
        (1600, 1600, 3_000)
    );
    assert_eq!(sent.get_pixel(100, 800).0, [255, 0, 0]);
    assert_eq!(sent.get_pixel(1500, 800).0, [0, 0, 255]);
    let tiles = Measure::Tiles {
        base: 70,
        tile: 140,
    };
    let picture = prepare("big.png", &bytes, tiles).unwrap();
    assert_eq!(
        (picture.width, picture.height, picture.tokens),
        (768, 768, 630)
    );
}

#[test]
fn photos_become_jpegs_and_drawings_pngs() {
    let kind = |bytes: &[u8]| Kind::of(&prepare("x", bytes, MEASURE).unwrap().bytes);
    let image = halves(64, 64);
    assert_eq!(kind(&encoded(&image, ImageFormat::Jpeg)), Some(Kind::Jpeg));
    assert_eq!(kind(&encoded(&image, ImageFormat::WebP)), Some(Kind::Png));
    assert_eq!(kind(&encoded(&image, ImageFormat::Gif)), Some(Kind::Png));
    let photo_without_loss = encoded(&noise(1200, 1200), ImageFormat::Png);
    assert_eq!(kind(&photo_without_loss), Some(Kind::Jpeg));
}

#[test]
fn what_is_transparent_stays_so_or_shows_paper() {
    let picture = prepare("a.png", &encoded(&glass(32, 32), ImageFormat::Png), MEASURE).unwrap();
    assert_eq!(
        decoded(&picture.bytes).into_rgba8().get_pixel(9, 9).0,
        [0, 255, 0, 128]
    );
    let (jpeg, lossless) = encode::encoded(&glass(32, 32), false, None).unwrap();
    let [red, green, blue] = decoded(&jpeg).into_rgb8().get_pixel(9, 9).0;
    assert!(!lossless && green > 250 && red.abs_diff(127) < 4 && blue.abs_diff(127) < 4);
}

#[test]
fn a_photo_is_upright_and_says_nothing_of_where_it_was_taken() {
    let plain = encoded(&halves(400, 200), ImageFormat::Jpeg);
    // A camera held so that its right side was up.
    let photo = with_exif(&plain, 6);
    assert!(
        photo.windows(3).any(|part| part == b"GPS"),
        "it is in the file"
    );
    let picture = prepare("photo.jpg", &photo, MEASURE).unwrap();
    assert_eq!((picture.width, picture.height), (200, 400));
    let sent = decoded(&picture.bytes).into_rgb8();
    let ([red, ..], [.., blue]) = (sent.get_pixel(100, 50).0, sent.get_pixel(100, 350).0);
    assert!(red > 240 && blue > 240, "left is top now");
    for part in [&b"GPS"[..], b"Exif"] {
        assert!(!picture.bytes.windows(part.len()).any(|bytes| bytes == part));
        assert!(
            !picture
                .thumbnail
                .windows(part.len())
                .any(|bytes| bytes == part)
        );
    }
    let big = with_exif(&encoded(&halves(4000, 1000), ImageFormat::Jpeg), 8);
    let picture = prepare("photo.jpg", &big, MEASURE).unwrap();
    assert_eq!((picture.width, picture.height), (512, 2048));
}

#[test]
fn a_jpeg_in_printing_inks_is_decoded_to_light() {
    let picture = prepare("print.jpg", &in_ink(), MEASURE).unwrap();
    let [red, green, blue] = decoded(&picture.bytes).into_rgb8().get_pixel(4, 4).0;
    assert!(red > 220 && green < 40 && blue < 40, "{red} {green} {blue}");
}

#[test]
fn of_an_animation_the_first_picture_is_sent_and_that_is_said() {
    let picture = prepare("spinner.gif", &animated(3), MEASURE).unwrap();
    let [red, ..] = decoded(&picture.bytes).into_rgb8().get_pixel(5, 5).0;
    assert_eq!(red, 255, "the first picture");
    assert!(picture.note.unwrap().contains("only its first picture"));
    assert_eq!(
        prepare("still.gif", &animated(1), MEASURE).unwrap().note,
        None
    );
}

#[test]
fn a_wrong_name_is_corrected_and_that_is_said() {
    let bytes = encoded(&halves(16, 16), ImageFormat::Jpeg);
    let picture = prepare("shot.png", &bytes, MEASURE).unwrap();
    assert_eq!(picture.name, "shot.jpg");
    assert!(picture.note.unwrap().contains("is a JPEG picture"));
}

#[test]
fn a_tiny_file_that_claims_gigabytes_is_refused_before_it_is_decoded() {
    let bomb = claiming(50_000, 50_000);
    assert!(bomb.len() < 100);
    assert_eq!(
        refused("bomb.png", &bomb),
        "bomb.png has 50000 × 50000 pixels; a side may have at most 16384."
    );
    assert_eq!(
        refused("wide.png", &claiming(8_200, 5_000)),
        "wide.png has 8200 × 5000 pixels, which is 41 megapixels; a picture may have at most 40."
    );
    let mut gif = animated(1);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert!(refused("bomb.gif", &gif).contains("65535 × 65535"));
}

#[test]
fn a_file_above_the_limit_is_not_looked_at() {
    let big = vec![0x89; LARGEST_FILE as usize + 1];
    assert_eq!(
        refused("big.png", &big),
        "big.png has 50.0 MB, and a picture may have at most 50 MB."
    );
}

#[test]
fn what_ends_in_the_middle_says_so() {
    let image = noise(64, 64);
    for format in [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let whole = encoded(&image, format);
        for end in [whole.len() / 2, whole.len() - whole.len() / 10, 30] {
            let sentence = refused("cut", &whole[..end]);
            assert!(
                sentence.contains("ends in the middle"),
                "{format:?} at {end}: {sentence}"
            );
        }
    }
    // The thumbnail inside its head is whole, but the picture is not.
    let jpeg = encoded(&image, ImageFormat::Jpeg);
    let with_thumbnail = [
        &jpeg[..2],
        &[0xff, 0xe2, 0, 6, 0, 0, 0xff, 0xd9],
        &jpeg[2..],
    ]
    .concat();
    assert!(prepare("whole", &with_thumbnail, MEASURE).is_ok());
    let cut = &with_thumbnail[..with_thumbnail.len() - 400];
    assert!(refused("cut", cut).contains("ends in the middle"));
}

#[test]
fn garbage_after_a_good_beginning_is_damaged() {
    for (format, from) in [
        (ImageFormat::Png, 40),
        (ImageFormat::WebP, 20),
        (ImageFormat::Gif, 15),
    ] {
        let mut bytes = encoded(&noise(64, 64), format);
        let last = bytes.len() - 12;
        bytes[from..last].iter_mut().for_each(|byte| *byte ^= 0xa5);
        let sentence = refused("odd", &bytes);
        assert!(sentence.contains("damaged"), "{format:?}: {sentence}");
    }
}

#[test]
fn what_is_no_picture_is_named() {
    assert_eq!(refused("a.png", b""), "a.png is empty.");
    assert_eq!(
        refused("notes.png", b"Just words."),
        "notes.png is not a PNG, JPEG, WebP or GIF picture."
    );
    assert_eq!(
        refused("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "logo.svg is not a PNG, JPEG, WebP or GIF picture but an SVG drawing; save it as PNG or JPEG."
    );
    assert!(refused("IMG_1.heic", b"\0\0\0\x18ftypheic\0\0\0\0").contains("a HEIC picture"));
}
