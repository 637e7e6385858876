"""Writes crates/scumble-data/tests/fixtures/images: TIFF, JPEG, PNG, WebP and BMP as other programs write them.

    pip install numpy tifffile imagecodecs rasterio pillow
    python scripts/golden_images.py

Pixels follow a formula that the tests know, or lie beside the file as NPY where compression changes them.
"""

import struct
import zlib
from pathlib import Path

import numpy
import rasterio
import tifffile
from PIL import Image

HERE = Path(__file__).resolve().parent.parent / "crates/scumble-data/tests/fixtures/images"


def pixels(height, width, channels=1, kind="u1"):
    """[H, W, C] by the formula of the tests."""
    y, x, c = numpy.meshgrid(range(height), range(width), range(channels), indexing="ij")
    value = 3 * y * y + 5 * x + 11 * c * x + (y ^ x) * (c + 1)
    if kind.endswith(("u1", "i1")):
        value = value % 100
    elif numpy.dtype(kind).kind in "ui":
        value = value * 7
    else:
        value = value / 8
    return value.astype(kind)


def tiff(name, image, planes=False, **options):
    image = numpy.moveaxis(image, -1, 0) if planes else image
    image = image.squeeze() if 1 in image.shape else image
    if image.ndim == 3:
        options["planarconfig"] = "separate" if planes else "contig"
    tifffile.imwrite(HERE / f"{name}.tif", image, metadata=None, **options)


def tiffs():
    grey, rgb = {"photometric": "minisblack"}, {"photometric": "rgb"}
    tile = {"tile": (16, 16)}
    tiff("tiles_lzw", pixels(33, 21), **grey, **tile, compression="lzw")
    tiff("tiles_lzw_predictor", pixels(21, 35), **grey, **tile, compression="lzw", predictor=2)
    tiff("strips_deflate_predictor_be", pixels(13, 9, 3, ">u2"), **rgb, compression="adobe_deflate", predictor=2,
         rowsperstrip=5, byteorder=">")
    tiff("planes_tiles", pixels(24, 20, 3), planes=True, **rgb, **tile, compression="deflate")
    tiff("planes_strips", pixels(11, 7, 3, "u2"), planes=True, **rgb, rowsperstrip=4)
    tiff("bands_4", pixels(9, 8, 4), **rgb, extrasamples=[0])
    tiff("bands_4_planes_u16_be", pixels(9, 8, 4, ">u2"), planes=True, **rgb, extrasamples=[0], byteorder=">")
    tiff("bands_7_tiles_float", pixels(10, 9, 7, "f4"), **rgb, **tile, extrasamples=[0, 0, 0, 0], compression="lzw",
         predictor=3)
    tiff("bands_5_and_alpha", pixels(5, 6, 6), **grey, extrasamples=[0, 0, 0, 0, 2])
    tiff("rgb_alpha_and_band_planes", pixels(5, 6, 5), planes=True, **rgb, extrasamples=[2, 0], compression="lzw")
    tiff("float_predictor_tiles_be", pixels(20, 17, 1, ">f4"), **grey, **tile, compression="zstd", predictor=3,
         byteorder=">")
    tiff("half_predictor", pixels(6, 7, 1, "f2"), **grey, compression="deflate", predictor=3)
    tiff("double_predictor_be", pixels(6, 7, 1, ">f8"), **grey, compression="deflate", predictor=3, byteorder=">")
    tiff("u32_predictor", pixels(6, 7, 1, "u4"), **grey, compression="lzw", predictor=2)
    tiff("big_packbits", pixels(12, 20), **grey, bigtiff=True, compression="packbits")
    tiff("big_be_i16", pixels(12, 5, 1, ">i2"), **grey, bigtiff=True, byteorder=">")
    tiff("white_is_zero", pixels(5, 6), photometric="miniswhite")
    # More zeros than any other compression could pack into so few bytes.
    tiff("zstd_flat", numpy.zeros((1500, 1000, 1), "u1"), **grey, compression="zstd", rowsperstrip=1500)
    bilevel = pixels(5, 11) % 2
    for name, photometric in (("one_bit_black", "minisblack"), ("one_bit_white", "miniswhite")):
        tifffile.imwrite(HERE / f"{name}.tif", bilevel.squeeze().astype(bool), photometric=photometric, metadata=None)


def palettes():
    colors = [(40 * n % 256, 255 - 16 * n, 3 * n) for n in range(16)]
    indices = pixels(5, 7).squeeze() % 16
    image = Image.fromarray(indices, "P")
    image.putpalette([part for color in colors for part in color])
    for ending in ("tif", "bmp"):
        image.save(HERE / f"palette.{ending}")
    # Pillow writes palettes of 8 bits; GDAL writes those of 4, too.
    profile = {"driver": "GTiff", "height": 5, "width": 7, "count": 1, "dtype": "uint8"}
    with rasterio.open(HERE / "palette_nibbles.tif", "w", **profile, nbits=4, photometric="palette") as out:
        out.write(indices[None])
        out.write_colormap(1, {n: (*color, 255) for n, color in enumerate(colors)})


def gdal():
    profile = {"driver": "GTiff", "height": 33, "width": 37, "dtype": "uint8", "tiled": True}
    square = {"blockxsize": 16, "blockysize": 16}
    with rasterio.open(HERE / "gdal_lzw.tif", "w", **profile, **square, count=1, compress="lzw") as out:
        out.write(pixels(33, 37).squeeze()[None])
    profile.update(height=17, width=21)
    with rasterio.open(HERE / "gdal_zstd_planes.tif", "w", **profile, **square, count=5, compress="zstd",
                       predictor=2, interleave="band") as out:
        out.write(numpy.moveaxis(pixels(17, 21, 5), -1, 0))
    twelve = {"driver": "GTiff", "height": 4, "width": 5, "count": 1, "dtype": "uint16", "nbits": 12}
    with rasterio.open(HERE / "gdal_twelve_bits.tif", "w", **twelve) as out:
        out.write(pixels(4, 5, 1, "u2").squeeze()[None])


def jpeg_inside():
    y, x = numpy.meshgrid(range(40), range(36), indexing="ij")
    smooth = numpy.stack([4 * y + x, 255 - 5 * x, 60 + 2 * x + y], -1).clip(0, 255).astype("u1")
    options = {"driver": "GTiff", "height": 40, "width": 36, "dtype": "uint8", "tiled": True, "blockxsize": 16,
               "blockysize": 16, "compress": "jpeg", "jpeg_quality": 50}
    for name, count, photometric in (("ycbcr", 3, "ycbcr"), ("rgb", 3, "rgb"), ("grey", 1, "minisblack")):
        path = HERE / f"jpeg_{name}.tif"
        with rasterio.open(path, "w", **options, count=count, photometric=photometric) as out:
            out.write(numpy.moveaxis(smooth, -1, 0)[:count])
        # By libjpeg-turbo, which interpolates colours that have a pixel for four; GDAL repeats them.
        numpy.save(HERE / f"jpeg_{name}.npy", tifffile.imread(path).reshape(40, 36, count))


def refused():
    image = pixels(8, 16)
    for name, compression in (("webp", "webp"), ("jpeg2000", "jpeg2000"), ("lerc", "lerc"), ("jpegxl", "jpegxl"),
                              ("lzma", "lzma")):
        rgb = numpy.repeat(image, 3, -1) if name == "webp" else image.squeeze()
        photometric = "rgb" if name == "webp" else "minisblack"
        tifffile.imwrite(HERE / f"refused_{name}.tif", rgb, photometric=photometric, compression=compression,
                         metadata=None)
    bilevel = Image.fromarray((image.squeeze() % 2 * 255).astype("u1")).convert("1")
    for name in ("group3", "group4", "tiff_ccitt"):
        bilevel.save(HERE / f"refused_{name}.tif", compression=name)
    Image.new("CMYK", (4, 4), (1, 2, 3, 4)).save(HERE / "refused_cmyk.tif")
    tifffile.imwrite(HERE / "refused_complex.tif", numpy.ones((2, 2), "c8"), metadata=None)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def oriented():
    """One picture with each orientation, in blocks that JPEG keeps; the thumbnail's orientation is a trap."""
    blocks = numpy.array([[20, 60, 100], [140, 180, 220]], "u1")
    image = Image.fromarray(numpy.kron(blocks, numpy.ones((8, 8), "u1")))
    for number in range(1, 9):
        exif = Image.Exif()
        exif[274] = number
        image.save(HERE / f"orientation_{number}.jpg", exif=exif, quality=95)
        image.save(HERE / f"orientation_{number}.png", exif=exif)
        image.convert("RGB").save(HERE / f"orientation_{number}.webp", exif=exif, lossless=True)
        tifffile.imwrite(HERE / f"orientation_{number}.tif", numpy.array(image), photometric="minisblack",
                         compression="deflate", metadata=None, extratags=[(274, 3, 1, number, True)])
    # IFD0 without an orientation, IFD1 (the thumbnail's) with one.
    entry = struct.pack("<HHII", 274, 3, 1, 6)
    other = struct.pack("<HHII", 256, 3, 1, 24)
    directories = struct.pack("<H", 1) + other + struct.pack("<I", 26) + struct.pack("<H", 1) + entry + bytes(4)
    image.save(HERE / "orientation_of_thumbnail.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0" + directories, quality=95)
    exif = Image.Exif()
    exif[274] = 6
    image.save(HERE / "orientation_behind.png")
    written = (HERE / "orientation_behind.png").read_bytes()
    end = written.rindex(struct.pack(">I", 0) + b"IEND")
    behind = written[:end] + chunk(b"eXIf", exif.tobytes()[6:]) + written[end:]
    (HERE / "orientation_behind.png").write_bytes(behind)


def others():
    image = pixels(5, 11)
    Image.fromarray(image.squeeze()).save(HERE / "grey.bmp")
    Image.fromarray((image.squeeze() % 2 * 255).astype("u1")).convert("1").save(HERE / "one_bit.bmp")
    Image.fromarray(pixels(5, 6, 3)).save(HERE / "rgb.bmp")
    Image.fromarray(pixels(5, 6, 3)).save(HERE / "rgb.webp", lossless=True)
    Image.fromarray(pixels(5, 6, 4)).save(HERE / "rgba.webp", lossless=True, exact=True)
    Image.fromarray(pixels(16, 16, 3)).save(HERE / "lossy.webp", quality=60)
    frames = [Image.fromarray(pixels(5, 6, 3) + n) for n in range(2)]
    for ending in ("webp", "png"):
        options = {"lossless": True} if ending == "webp" else {}
        frames[0].save(HERE / f"animation.{ending}", save_all=True, append_images=frames[1:], **options)


if __name__ == "__main__":
    HERE.mkdir(parents=True, exist_ok=True)
    tiffs()
    palettes()
    gdal()
    jpeg_inside()
    refused()
    oriented()
    others()
