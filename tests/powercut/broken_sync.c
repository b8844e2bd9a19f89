// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into the server to prove that the test sees what it is to see: syncs of one kind of
// file do nothing and say that they did. BROKEN_SYNC: blobs, catalog or directory.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_broken(int fd) {
    const char* kind = getenv("BROKEN_SYNC");
    char link[64];
    char path[4096];
    struct stat status;
    if (kind == NULL || fstat(fd, &status) != 0) {
        return 0;
    }
    if (S_ISDIR(status.st_mode)) {
        return strcmp(kind, "directory") == 0;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = '\0';
    if (strcmp(kind, "catalog") == 0) {
        return strstr(path, "/catalog.db") != NULL;
    }
    return strcmp(kind, "blobs") == 0 &&
           (strstr(path, "/uploads/") != NULL || strstr(path, "/blobs/") != NULL);
}

static int sync_really(const char* name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) {
    return is_broken(fd) ? 0 : sync_really("fsync", fd);
}

int fdatasync(int fd) {
    return is_broken(fd) ? 0 : sync_really("fdatasync", fd);
}
