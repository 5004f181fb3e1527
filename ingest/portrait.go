package ingest

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders: what networks keep pictures as
	"image/jpeg"
	_ "image/png"
	"net/url"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

const (
	portraitType    = "image/jpeg"
	portraitSide    = 128     // pixels: a card's on the screen of a hall, and on a phone that draws two or three for one
	portraitQuality = 85      // some 5 KB
	portraitPixels  = 4 << 20 // of what is decoded; X's own originals are of 400 by 400
)

var errNoPicture = errors.New("it is not a picture that can be read")

// portraitOf returns a small square picture of the middle of the one in body (PNG, JPEG, GIF or WebP; of a moving one
// the first frame), drawn anew, so that nothing of the file is left: no position, no comment, nothing hidden.
func portraitOf(body []byte) (out []byte, err error) {
	defer func() {
		if recover() != nil { // a decoder that breaks on what somebody has made for it
			out, err = nil, errNoPicture
		}
	}()
	head, _, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil || head.Width < 1 || head.Height < 1 || head.Width > portraitPixels/head.Height {
		return nil, errNoPicture
	}
	img, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, errNoPicture
	}
	b := img.Bounds()
	side := min(b.Dx(), b.Dy())
	if side < 1 {
		return nil, errNoPicture
	}
	at := b.Min.Add(image.Pt((b.Dx()-side)/2, (b.Dy()-side)/2))
	small := image.NewRGBA(image.Rect(0, 0, portraitSide, portraitSide))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src) // what is seen through
	draw.CatmullRom.Scale(small, small.Bounds(), img, image.Rectangle{at, at.Add(image.Pt(side, side))}, draw.Over, nil)
	var w bytes.Buffer
	if err := jpeg.Encode(&w, small, &jpeg.Options{Quality: portraitQuality}); err != nil {
		return nil, fmt.Errorf("draw a portrait: %w", err)
	}
	return w.Bytes(), nil
}

// plainCause is an error without the address that it is about.
func plainCause(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		if e.Timeout() {
			return "no answer in time"
		}
		err = e.Err
	}
	return err.Error()
}
