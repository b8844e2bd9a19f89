// SPDX-License-Identifier: Apache-2.0

// BlobClient: uploads in chunks, and what can be asked about a blob.
package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	acr "github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"
)

const unknownDigest = "sha256:00000000000000000000000000000000000000000000000000000000000000aa"

// push uploads a blob in one chunk; what goes wrong is a failed check.
func (s suite) push(repository string, data []byte) {
	name := fmt.Sprintf("push a blob of %d bytes to %s", len(data), repository)
	start, err := s.blobs.StartUpload(s.ctx, repository, nil)
	if err != nil {
		need(name, err)
	}
	calculator := acr.NewBlobDigestCalculator()
	chunk, err := s.blobs.UploadChunk(s.ctx, *start.Location, bytes.NewReader(data), calculator, nil)
	if err != nil {
		need(name, err)
	}
	_, err = s.blobs.CompleteUpload(s.ctx, *chunk.Location, calculator, nil)
	if err != nil {
		need(name, err)
	}
}

// chunkRange gives the options for the bytes from..to, both included.
func chunkRange(from, upTo int) *acr.BlobClientUploadChunkOptions {
	return &acr.BlobClientUploadChunkOptions{RangeStart: to.Ptr(int32(from)),
		RangeEnd: to.Ptr(int32(upTo))}
}

func (s suite) testUploads() {
	const repository, size, step = "sdk/uploads", 1_300_000, 500_000
	data := noise(1, size)
	digest := blob{"", data}.digest()
	start, err := s.blobs.StartUpload(s.ctx, repository, nil)
	need("start an upload", err)
	prefix := "/v2/" + repository + "/blobs/uploads/"
	isTrue("its location is a path", strings.HasPrefix(*start.Location, prefix))
	equal("its range is empty", "0-0", value(start.Range))
	isTrue("it has an id", start.DockerUploadUUID != nil && len(*start.DockerUploadUUID) == 36)

	calculator := acr.NewBlobDigestCalculator()
	location := *start.Location
	for from := 0; from < size; from += step {
		upTo := min(from+step, size)
		chunk, err := s.blobs.UploadChunk(s.ctx, location, bytes.NewReader(data[from:upTo]),
			calculator, chunkRange(from, upTo-1))
		need(fmt.Sprintf("upload the chunk at %d", from), err)
		equal("the range so far", fmt.Sprintf("0-%d", upTo-1), value(chunk.Range))
		equal("the upload's id", value(start.DockerUploadUUID), value(chunk.DockerUploadUUID))
		location = *chunk.Location
		status, err := s.blobs.GetUploadStatus(s.ctx, location, nil)
		done("ask for the upload's status", err)
		equal("the status tells the range", value(chunk.Range), value(status.Range))
		equal("the status tells the id", value(start.DockerUploadUUID), value(status.DockerUploadUUID))
		if from == 0 {
			_, err = s.blobs.UploadChunk(s.ctx, location, bytes.NewReader(data[:step]), calculator,
				chunkRange(size, size+step-1))
			refused("a chunk beyond the end is refused", err, 416, "BLOB_UPLOAD_RANGE_INVALID")
		}
	}
	complete, err := s.blobs.CompleteUpload(s.ctx, location, calculator, nil)
	need("complete the upload", err)
	equal("the blob's digest", digest, value(complete.DockerContentDigest))
	equal("the blob's location", "/v2/"+repository+"/blobs/"+digest, value(complete.Location))
	s.holdsBlob(repository, data)
	s.testBadUploads(repository)
}

func (s suite) testBadUploads(repository string) {
	start, err := s.blobs.StartUpload(s.ctx, repository, nil)
	need("start another upload", err)
	chunk, err := s.blobs.UploadChunk(s.ctx, *start.Location, strings.NewReader("some bytes"),
		acr.NewBlobDigestCalculator(), nil)
	need("upload a chunk without a range", err)
	equal("its range", "0-9", value(chunk.Range))
	_, err = s.blobs.CompleteUpload(s.ctx, *chunk.Location, acr.NewBlobDigestCalculator(), nil)
	refused("complete it with another digest", err, 400, "DIGEST_INVALID")

	start, err = s.blobs.StartUpload(s.ctx, repository, nil)
	need("start an upload to cancel", err)
	_, err = s.blobs.CancelUpload(s.ctx, *start.Location, nil)
	done("cancel it", err)
	_, err = s.blobs.GetUploadStatus(s.ctx, *start.Location, nil)
	refused("its status is gone", err, 404, "BLOB_UPLOAD_UNKNOWN")
	_, err = s.blobs.CancelUpload(s.ctx, *start.Location, nil)
	refused("cancel it again", err, 404, "BLOB_UPLOAD_UNKNOWN")
}

// holdsBlob reads a blob back whole.
func (s suite) holdsBlob(repository string, data []byte) {
	digest := blob{"", data}.digest()
	answer, err := s.blobs.GetBlob(s.ctx, repository, digest, nil)
	need("get the blob", err)
	defer answer.BlobData.Close()
	reader, err := acr.NewDigestValidationReader(digest, answer.BlobData)
	need("make a reader that validates", err)
	got, err := io.ReadAll(reader)
	done("the blob's bytes are valid", err)
	isTrue("they are those that were sent", bytes.Equal(data, got))
	equal("the blob's length", int64(len(data)), value(answer.ContentLength))
	equal("the blob's digest on get", digest, value(answer.DockerContentDigest))
}

func (s suite) testBlobs() {
	const repository = "sdk/blobs"
	data := noise(2, 1000)
	digest := blob{"", data}.digest()
	s.push(repository, data)

	exists, err := s.blobs.CheckBlobExists(s.ctx, repository, digest, nil)
	need("check that the blob exists", err)
	equal("its length", int64(1000), value(exists.ContentLength))
	equal("its digest", digest, value(exists.DockerContentDigest))
	_, err = s.blobs.CheckBlobExists(s.ctx, repository, unknownDigest, nil)
	refused("check one that does not", err, 404, "")
	part, err := s.blobs.CheckChunkExists(s.ctx, repository, digest, "bytes=100-299", nil)
	need("check a chunk", err)
	equal("the length is the blob's", int64(1000), value(part.ContentLength))
	_, err = s.blobs.CheckChunkExists(s.ctx, repository, unknownDigest, "bytes=0-1", nil)
	refused("check a chunk of an unknown blob", err, 404, "")

	s.readsChunk(repository, data, 100, 299, 299)
	s.readsChunk(repository, data, 900, 1_000_000, 999)
	_, err = s.blobs.GetChunk(s.ctx, repository, digest, "bytes=1000-1001", nil)
	refused("a chunk behind the end", err, 416, "RANGE_INVALID")
	_, err = s.blobs.GetChunk(s.ctx, repository, unknownDigest, "bytes=0-1", nil)
	refused("a chunk of an unknown blob", err, 404, "BLOB_UNKNOWN")
	_, err = s.blobs.GetBlob(s.ctx, repository, unknownDigest, nil)
	refused("an unknown blob", err, 404, "BLOB_UNKNOWN")
	s.testMounts(repository, digest)

	_, err = s.blobs.DeleteBlob(s.ctx, repository, digest, nil)
	done("delete the blob", err)
	_, err = s.blobs.CheckBlobExists(s.ctx, repository, digest, nil)
	refused("it is gone", err, 404, "")
	_, err = s.blobs.DeleteBlob(s.ctx, repository, digest, nil)
	refused("delete it again", err, 404, "BLOB_UNKNOWN")
}

func (s suite) readsChunk(repository string, data []byte, from, upTo, last int) {
	chunk, err := s.blobs.GetChunk(s.ctx, repository, blob{"", data}.digest(),
		fmt.Sprintf("bytes=%d-%d", from, upTo), nil)
	need(fmt.Sprintf("get the chunk %d-%d", from, upTo), err)
	defer chunk.ChunkData.Close()
	got, err := io.ReadAll(chunk.ChunkData)
	done("read it", err)
	isTrue("its bytes", bytes.Equal(data[from:last+1], got))
	equal("its length", int64(last+1-from), value(chunk.ContentLength))
	equal("its range", fmt.Sprintf("bytes %d-%d/%d", from, last, len(data)), value(chunk.ContentRange))
}

func (s suite) testMounts(from, digest string) {
	const repository = "sdk/mounts"
	mounted, err := s.blobs.MountBlob(s.ctx, repository, from, digest, nil)
	need("mount the blob", err)
	equal("the mounted digest", digest, value(mounted.DockerContentDigest))
	equal("the mounted location", "/v2/"+repository+"/blobs/"+digest, value(mounted.Location))
	_, err = s.blobs.CheckBlobExists(s.ctx, repository, digest, nil)
	done("the mounted blob exists", err)

	started, err := s.blobs.MountBlob(s.ctx, repository, from, unknownDigest, nil)
	need("mount a blob that is not there", err)
	equal("nothing is mounted", missing{}, value(started.DockerContentDigest))
	isTrue("an upload is started instead", started.Location != nil && started.DockerUploadUUID != nil)
	_, err = s.blobs.CancelUpload(s.ctx, *started.Location, nil)
	done("cancel it", err)
}
