package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// S3 keeps blobs as objects of a bucket, in any store that speaks Amazon's
// protocol.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
}

// Keys open a bucket.
type Keys struct{ ID, Secret string }

// NewS3 reads an address s3://BUCKET/PREFIX?endpoint=HOST:PORT&region=NAME&tls=off.
// Without an endpoint it is Amazon's. Nothing is asked of the store yet.
func NewS3(address string, k Keys) (*S3, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("blob: %q is not s3://BUCKET/PREFIX?endpoint=HOST:PORT", address)
	}
	q := u.Query()
	endpoint := q.Get("endpoint")
	if endpoint == "" {
		endpoint = "s3.amazonaws.com"
	}
	client, err := minio.New(endpoint, &minio.Options{Creds: credentials.NewStaticV4(k.ID, k.Secret, ""), Secure: q.Get("tls") != "off",
		Region: q.Get("region"), BucketLookup: minio.BucketLookupAuto})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &S3{client: client, bucket: u.Host, prefix: strings.Trim(u.Path, "/")}, nil
}

func (s *S3) key(sum Sum) string { return path.Join(s.prefix, name(sum)) }

// Put sends the bytes in one request, so that an object is whole or absent.
// What proves to be of another sum is removed again.
func (s *S3) Put(ctx context.Context, sum Sum, size int64, r io.Reader) error {
	if _, err := ParseSum(string(sum)); err != nil {
		return err
	}
	h := sha256.New()
	_, err := s.client.PutObject(ctx, s.bucket, s.key(sum), io.TeeReader(r, h), size, minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	if err != nil {
		return err
	}
	if err := prove(h, sum); err != nil {
		return errors.Join(err, s.Remove(ctx, sum))
	}
	return nil
}

// Open asks for a blob; its bytes come as they are read.
func (s *S3) Open(ctx context.Context, sum Sum) (io.ReadSeekCloser, error) {
	if _, err := ParseSum(string(sum)); err != nil {
		return nil, err
	}
	o, err := s.client.GetObject(ctx, s.bucket, s.key(sum), minio.GetObjectOptions{})
	if err != nil {
		return nil, err
	}
	if _, err := o.Stat(); err != nil {
		_ = o.Close() // the error of asking says more
		return nil, s.absent(ctx, err)
	}
	return o, nil
}

// absent makes the store's word for it fs.ErrNotExist. The answer to a question
// without body is the same for an absent bucket, which is a mistake of ours.
func (s *S3) absent(ctx context.Context, err error) error {
	if minio.ToErrorResponse(err).Code != minio.NoSuchKey {
		return err
	}
	if there, asking := s.client.BucketExists(ctx, s.bucket); asking != nil || !there {
		return errors.Join(fmt.Errorf("blob: no bucket %q", s.bucket), asking)
	}
	return errors.Join(fs.ErrNotExist, err)
}

// Remove forgets a blob.
func (s *S3) Remove(ctx context.Context, sum Sum) error {
	if _, err := ParseSum(string(sum)); err != nil {
		return err
	}
	return s.client.RemoveObject(ctx, s.bucket, s.key(sum), minio.RemoveObjectOptions{})
}

// Each gives every blob.
func (s *S3) Each(ctx context.Context, each func(Info) error) error {
	prefix := s.prefix
	if prefix != "" {
		prefix += "/"
	}
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		sum, err := ParseSum(path.Base(o.Key))
		if err != nil {
			continue // not ours
		}
		if err := each(Info{Sum: sum, Size: o.Size, Changed: o.LastModified}); err != nil {
			return err
		}
	}
	return nil
}

// Tidy has nothing to do: objects come in one request.
func (s *S3) Tidy(context.Context, time.Time) error { return nil }
