package ingest

import (
	"bytes"
	"encoding/base64"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// plain is a picture of one colour with a border of another.
func plain(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{20, 120, 60, 255}
			if x < w/8 || x >= w-w/8 {
				c = color.NRGBA{200, 0, 0, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func encoded(t testing.TB, img image.Image, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// webp is a picture of one pixel, lossless (VP8L).
var webp, _ = base64.StdEncoding.DecodeString("UklGRiQAAABXRUJQVlA4TBcAAAAvAAAAEAcQERGIiP4HAA==")

func TestPortraitOf(t *testing.T) {
	t.Parallel()
	clear := image.NewNRGBA(image.Rect(0, 0, 50, 50))
	moving := &bytes.Buffer{}
	frame := func(c color.Color) *image.Paletted {
		p := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{c})
		return p
	}
	if err := gif.EncodeAll(moving, &gif.GIF{Image: []*image.Paletted{frame(color.Black), frame(color.White)}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	green, white, black := [3]int{20, 120, 60}, [3]int{255, 255, 255}, [3]int{}
	for _, c := range []struct {
		name   string
		body   []byte
		middle *[3]int
	}{
		{"png", encoded(t, plain(400, 400), "png"), &green},
		{"jpeg", encoded(t, plain(400, 400), "jpeg"), &green},
		{"gif", encoded(t, plain(48, 48), "gif"), nil},
		{"webp", webp, nil},
		{"the first frame of a moving one", moving.Bytes(), &black},
		{"smaller than ours", encoded(t, plain(8, 8), "png"), &green},
		{"wide", encoded(t, plain(800, 100), "png"), &green},
		{"seen through is white", encoded(t, clear, "png"), &white},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out, err := portraitOf(c.body)
			if err != nil {
				t.Fatal(err)
			}
			img, format, err := image.Decode(bytes.NewReader(out))
			if err != nil || format != "jpeg" || img.Bounds().Dx() != portraitSide || img.Bounds().Dy() != portraitSide {
				t.Fatalf("made %s of %v: %v", format, img.Bounds(), err)
			}
			if c.middle == nil {
				return
			}
			r, g, b, _ := img.At(portraitSide/2, portraitSide/2).RGBA()
			for i, got := range []uint32{r >> 8, g >> 8, b >> 8} {
				if d := int(got) - c.middle[i]; d < -12 || d > 12 {
					t.Errorf("the middle is %d %d %d, want about %v", r>>8, g>>8, b>>8, *c.middle)
					break
				}
			}
			if c.name == "wide" { // its middle, without the border
				if r, _, _, _ := img.At(1, portraitSide/2).RGBA(); r>>8 > 60 {
					t.Error("the picture was squeezed or cut at its side, not around its middle")
				}
			}
		})
	}
}

func TestPortraitOfNothing(t *testing.T) {
	t.Parallel()
	small := encoded(t, plain(16, 16), "png")
	for name, body := range map[string][]byte{
		"nothing": nil, "words": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "cut": small[:len(small)/2],
		"a bomb": bomb(t, 60_000, 60_000), "no pixels": bomb(t, 0, 10),
	} {
		if out, err := portraitOf(body); err == nil {
			t.Errorf("%s: made a picture of %d bytes", name, len(out))
		}
	}
}

// bomb is a PNG that says it is of this size.
func bomb(t testing.TB, w, h uint32) []byte {
	body := bytes.Clone(encoded(t, plain(4, 4), "png"))
	put := func(at int, v uint32) {
		body[at], body[at+1], body[at+2], body[at+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	}
	put(16, w)
	put(20, h)
	put(29, crc32.ChecksumIEEE(body[12:29]))
	return body
}

// FuzzPortrait: whatever a network sends as a picture, a picture of ours comes out of it or nothing.
func FuzzPortrait(f *testing.F) {
	for _, format := range []string{"png", "jpeg", "gif"} {
		f.Add(encoded(f, plain(20, 12), format))
	}
	f.Add(webp)
	f.Add(bomb(f, 60_000, 60_000))
	f.Fuzz(func(t *testing.T, body []byte) {
		out, err := portraitOf(body)
		if err != nil {
			return
		}
		c, format, err := image.DecodeConfig(bytes.NewReader(out))
		if err != nil || format != "jpeg" || c.Width != portraitSide || c.Height != portraitSide || len(out) > 64<<10 {
			t.Errorf("made %d bytes of %s, %d by %d: %v", len(out), format, c.Width, c.Height, err)
		}
	})
}
