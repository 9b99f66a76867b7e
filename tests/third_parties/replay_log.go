// Command replay_log replays a log from a folder in the layout of C2SP tlog-tiles with Go's own note and tlog packages.
//
//	replay_log FOLDER VERIFIER-KEY
//
// It opens the checkpoint, hashes every entry, and compares the root and each hash tile. Then it checks the proofs in
// FOLDER/proofs (tlog-proof files) and the consistency proofs in FOLDER/requests (add-checkpoint bodies).
// Go's TileHashReader is not used: before x/mod 0.40.0 it believes forged full tiles (CVE-2026-56865).
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height, width = 8, 256

type hashStore []tlog.Hash

func (s hashStore) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = s[index]
	}
	return found, nil
}

func refuse(format string, args ...any) {
	fmt.Printf("refused: "+format+"\n", args...)
	os.Exit(1)
}

func need(err error, what string) {
	if err != nil {
		refuse("%s: %v", what, err)
	}
}

// tilePath spells a tile as tlog-tiles does; tlog.Tile.Path spells it for sumdb, with the height in front.
func tilePath(level string, n int64, w int) string {
	index := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		index = fmt.Sprintf("x%03d/%s", n%1000, index)
	}
	if w < width {
		index += fmt.Sprintf(".p/%d", w)
	}
	return "tile/" + level + "/" + index
}

func openCheckpoint(message []byte, verifierKey string) tlog.Tree {
	verifier, err := note.NewVerifier(verifierKey)
	need(err, "verifier key")
	opened, err := note.Open(message, note.VerifierList(verifier))
	need(err, "checkpoint")
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		refuse("the checkpoint has not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	need(err, "size")
	root, err := tlog.ParseHash(lines[2])
	need(err, "root")
	return tlog.Tree{N: size, Hash: root}
}

func replay(folder string, size int64) hashStore {
	var store hashStore
	for n := int64(0); n*width < size; n++ {
		w := int(min(width, size-n*width))
		bundle, err := os.ReadFile(filepath.Join(folder, tilePath("entries", n, w)))
		need(err, "entries")
		for i := 0; i < w; i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				refuse("bundle %d is cut short", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			hashes, err := tlog.StoredHashes(n*width+int64(i), bundle[2:end], store)
			need(err, "hashes")
			store, bundle = append(store, hashes...), bundle[end:]
		}
		if len(bundle) > 0 {
			refuse("bundle %d goes on", n)
		}
	}
	return store
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func compareTiles(folder string, size int64, store hashStore) int {
	count := 0
	for level, at := 0, size; at > 0; level, at = level+1, at>>height {
		for n := int64(0); n*width < at; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: int(min(width, at-n*width))}
			want, err := tlog.ReadTileData(tile, store)
			need(err, "tile")
			path := tilePath(strconv.Itoa(level), n, tile.W)
			found, err := os.ReadFile(filepath.Join(folder, path))
			need(err, "tile")
			if !bytes.Equal(want, found) {
				refuse("%s differs", path)
			}
			count++
		}
	}
	return count
}

// readProof returns the number in the line that starts with the word, and the hashes of the lines after it.
func readProof(path, word string) (int64, []tlog.Hash, []byte) {
	data, err := os.ReadFile(path)
	need(err, "proof")
	head, rest, found := strings.Cut(string(data), "\n\n")
	if !found {
		refuse("%s holds no checkpoint", path)
	}
	number, hashes := int64(-1), []tlog.Hash{}
	for _, line := range strings.Split(head, "\n") {
		if value := strings.TrimPrefix(line, word+" "); value != line {
			number, err = strconv.ParseInt(value, 10, 64)
			need(err, word)
		} else if number >= 0 {
			raw, err := base64.StdEncoding.Strict().DecodeString(line)
			need(err, "hash")
			hashes = append(hashes, *(*tlog.Hash)(raw))
		}
	}
	return number, hashes, []byte(rest)
}

func main() {
	folder, verifierKey := os.Args[1], os.Args[2]
	checkpoint, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	need(err, "checkpoint")
	tree := openCheckpoint(checkpoint, verifierKey)
	store := replay(folder, tree.N)
	root := tlog.Hash(sha256.Sum256(nil))
	if tree.N > 0 {
		root, err = tlog.TreeHash(tree.N, store)
		need(err, "root")
	}
	if root != tree.Hash {
		refuse("the entries give another root than the signed one")
	}
	tiles := compareTiles(folder, tree.N, store)
	proofs, _ := filepath.Glob(filepath.Join(folder, "proofs", "*"))
	for _, path := range proofs {
		index, hashes, message := readProof(path, "index")
		of := openCheckpoint(message, verifierKey)
		leaf, err := store.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		need(err, "leaf")
		need(tlog.CheckRecord(hashes, of.N, of.Hash, index, leaf[0]), path)
	}
	requests, _ := filepath.Glob(filepath.Join(folder, "requests", "*"))
	for _, path := range requests {
		old, hashes, message := readProof(path, "old")
		of := openCheckpoint(message, verifierKey)
		oldRoot, err := tlog.TreeHash(old, store)
		need(err, "old root")
		need(tlog.CheckTree(hashes, of.N, of.Hash, old, oldRoot), path)
	}
	fmt.Printf("good: %d entries, %d tiles, %d proofs, %d requests\n", tree.N, tiles, len(proofs), len(requests))
}
