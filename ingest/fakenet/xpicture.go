package fakenet

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strconv"
	"strings"
)

// NewPicture gives a user another picture, at another address.
func (x *X) NewPicture(username string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, u := range x.users {
		if u.Username == username {
			x.pictures[id]++
		}
	}
}

// picture is the address of a user's picture, in the size that X names (_normal, of 48 pixels: developer documents,
// data dictionary, read 2026-11); empty: none. The caller holds the lock.
func (x *X) picture(u XUser) string {
	if !x.config.Pictures || x.base == "" {
		return ""
	}
	return fmt.Sprintf("%s/profile_images/%s/%d_normal.png", x.base, u.ID, x.pictures[u.ID])
}

// servePicture is GET /profile_images/ID/N_SIZE.png: two colours that tell users and their pictures apart. Without a
// size it is the original.
func (x *X) servePicture(w http.ResponseWriter, r *http.Request) {
	file, ok := strings.CutSuffix(r.PathValue("file"), ".png")
	which, size, _ := strings.Cut(file, "_")
	n, err := strconv.Atoi(which)
	px, known := map[string]int{"": 400, "normal": 48, "bigger": 73}[size]
	if !x.config.Pictures || !ok || err != nil || !known {
		http.NotFound(w, r)
		return
	}
	var sum uint32 = 2166136261 // FNV-1a
	for _, c := range []byte(r.PathValue("id")) {
		sum = (sum ^ uint32(c)) * 16777619
	}
	sum += uint32(n) * 2654435761
	ground := color.RGBA{byte(sum), byte(sum >> 8), byte(sum >> 16), 255}
	img := image.NewRGBA(image.Rect(0, 0, px, px))
	for y := range px {
		for i := range px {
			c := ground
			if dx, dy := 2*i-px, 2*y-px; dx*dx+dy*dy < px*px/3 {
				c = color.RGBA{255 - ground.R, 255 - ground.G, 255 - ground.B, 255}
			}
			img.SetRGBA(i, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(b.Bytes())
}
