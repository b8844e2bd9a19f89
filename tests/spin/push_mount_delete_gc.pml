/* SPDX-License-Identifier: Apache-2.0
 *
 * Pushes, mounts, deletions, pulls and garbage collection of one digest in two repositories
 * (docs/garbage_collection.md). Every d_step is one transaction, one snapshot or one system call.
 *
 * Safety, whatever the grace: a visible manifest never names missing bytes, and a pull of one never
 * finds them missing. With a grace also: a push that was told that the blob is here, or that brought
 * it, is not refused its manifest. Progress: pushes end, and garbage is collected.
 *
 * What breaks when a rule is left out (run.sh expects an error of each):
 *   NO_GRACE       links are dropped however young they are
 *   NO_TOUCH       asking for a blob does not make its link young
 *   NO_RECHECK     candidates are not looked at again in the transaction that drops them
 *   OLD_LOCATION   a push that meets a row that is being deleted revives it as it is
 *   EARLY_SNAPSHOT the catalog is asked for orphans before the files are listed
 *   NO_EXCHANGE    a blob's row is put although the row of its upload is gone
 *   NO_REREAD      a pull that finds no file does not ask the catalog again
 *   NO_REDO        a collector that crashed does not take up what it was removing
 */
#ifndef PUSHES
#define PUSHES 2
#endif
#define REPOSITORIES 2
#define LOCATIONS PUSHES
#define NOWHERE 255

mtype = {absent, live, condemned, deleting};

mtype row = absent;              /* the blob's row ... */
byte row_at = NOWHERE;           /* ... and the location that it names */
bool present[LOCATIONS];         /* objects in the store; a location is never used twice */
bool uploading[LOCATIONS];       /* rows of uploads, by the location that each will have */
byte next_location = 0;
bool link[REPOSITORIES];
bool young[REPOSITORIES];        /* touched within the grace */
bool asked[REPOSITORIES];        /* a push relies on the link and is within the grace */
bool manifest[REPOSITORIES];
byte pushes_left = PUSHES;

#define linked (link[0] || link[1])
#define sound(r) (!manifest[r] || (link[r] && row == live && present[row_at]))
#define invariant (sound(0) && sound(1))
#define named(l) (row != absent && row_at == l)
#define kept(l) (row == live && row_at == l && ((link[0] && manifest[0]) || (link[1] && manifest[1])))
#define tidy(l) (!present[l] || kept(l))
#define clean (tidy(0) && tidy(PUSHES - 1) && (row == absent || kept(row_at)))

#ifdef NO_REFUSAL_CHECK
#define not_refused true
#else
#define not_refused (!asked[r])
#endif

/* An upload from its first byte to the link. */
inline upload(r) {
    d_step {
        at = next_location;
        next_location++;
        uploading[at] = true
    }
    d_step {
        present[at] = true          /* committed: the object has its name */
    }
    d_step {
        replaced = NOWHERE;
        won = false;
        if
#ifndef NO_EXCHANGE
        :: !uploading[at] ->
            skip                    /* the session is over: refused, the object is an orphan */
#endif
        :: else ->
            won = true;
            if
            :: row == live ->
                replaced = at       /* the stored copy is kept, these bytes go */
#ifdef OLD_LOCATION
            :: row == condemned || row == deleting ->
                row = live;
                replaced = at
#endif
            :: else ->
                replaced = (row == absent -> NOWHERE : row_at);
                row = live;
                row_at = at
            fi;
            link[r] = true;
            young[r] = true;
            asked[r] = true
        fi;
        uploading[at] = false;
        assert(invariant)
    }
    if
    :: replaced != NOWHERE ->
        d_step {
            present[replaced] = false;
            assert(invariant)
        }
    :: else
    fi
}

proctype pusher(byte r) {
    byte at, replaced;
    bool won, here;
    do
    :: d_step {
        pushes_left > 0 ->
            pushes_left--
       }
       /* HEAD; a later answer of the server may come after the link went, so it is one step. */
       d_step {
           here = link[r] && row == live;
           if
           :: here ->
#ifndef NO_TOUCH
               young[r] = true;
#endif
               asked[r] = true
           :: else
           fi
       }
       won = true;
       if
       :: !here -> upload(r)
       :: else
       fi;
       if
       :: won ->
           d_step {
               if
               :: link[r] && row == live ->
                   manifest[r] = true
               :: else ->
                   assert(not_refused)
               fi;
               asked[r] = false;
               assert(invariant)
           }
       :: else
       fi
    :: pushes_left == 0 -> break
    od
}

proctype mounter() {
    d_step {
        if
        :: link[0] && row == live ->
            link[1] = true;
            young[1] = true
        :: else
        fi
    }
    d_step {
        if
        :: link[1] && row == live -> manifest[1] = true
        :: else
        fi;
        assert(invariant)
    }
}

proctype deleter(byte r) {
    byte left = 1;
    do
    :: left > 0 ->
        d_step {
            manifest[r] = false;
            left--
        }
    :: left == 0 -> break
    od
}

/* Sessions end by themselves, also while a push goes on with one. */
proctype expirer() {
    byte l = 0;
    do
    :: l < LOCATIONS ->
        if
        :: uploading[l] = false
        :: skip
        fi;
        l++
    :: else -> break
    od
}

proctype puller(byte r) {
    byte found = NOWHERE;
    bool missing;
    d_step {
        if
        :: manifest[r] -> found = row_at
        :: else
        fi
    }
    if
    :: found != NOWHERE ->
        d_step {
            missing = !present[found]
        }
#ifdef NO_REREAD
        assert(!missing)
#else
        d_step {
            /* Only the same row with the same location is damage. */
            assert(!(missing && link[r] && row == live && row_at == found))
        }
#endif
    :: else
    fi
}

/* A link gets old only after the grace, and pushes are assumed to take less. */
proctype clock() {
    byte r = 0;
end:
    do
    :: d_step { young[0] && !asked[0] -> young[0] = false }
    :: d_step { young[1] && !asked[1] -> young[1] = false }
    od
}

#ifdef NO_GRACE
#define is_old(r) true
#else
#define is_old(r) (!young[r])
#endif
#define is_idle(r) (link[r] && !manifest[r] && is_old(r))

/* What is asked again before a change; -D NO_RECHECK believes what it saw. */
#ifdef NO_RECHECK
#define still(condition) true
#else
#define still(condition) (condition)
#endif

proctype collector() {
    byte r, at, leaving;
    bool candidate;
    byte crashes = 1;
again:
    do
    :: true ->
        /* links */
        r = 0;
        do
        :: r < REPOSITORIES ->
            candidate = is_idle(r);
            if
            :: candidate ->
                d_step {
                    if
                    :: still(is_idle(r)) ->
                        link[r] = false
                    :: else
                    fi;
                    assert(invariant)
                }
            :: else
            fi;
            r++
        :: else -> break
        od;
        /* condemn */
        candidate = (row == live && !linked);
        if
        :: candidate ->
            d_step {
                if
                :: still(row == live && !linked) ->
                    row = condemned
                :: else
                fi;
                assert(invariant)
            }
        :: else
        fi;
        if
        :: crashes > 0 ->
            crashes--;
            goto again
        :: true
        fi;
        /* remove */
        leaving = NOWHERE;
#ifdef NO_REDO
        candidate = (row == condemned);
#else
        candidate = (row == condemned || row == deleting);
#endif
        if
        :: candidate ->
            d_step {
                if
                :: still((row == condemned || row == deleting) && !linked) ->
                    row = deleting;
                    leaving = row_at
                :: else
                fi;
                assert(invariant)
            }
        :: else
        fi;
        if
        :: leaving != NOWHERE ->
            if
            :: crashes > 0 ->
                crashes--;
                goto again
            :: true
            fi;
            d_step {
                present[leaving] = false;
                assert(invariant)
            }
            if
            :: crashes > 0 ->
                crashes--;
                goto again
            :: true
            fi;
            d_step {
                if
                :: row == deleting && row_at == leaving ->
                    row = absent;
                    row_at = NOWHERE
                :: else
                fi;
                assert(invariant)
            }
        :: else
        fi;
        /* orphans */
        at = 0;
        do
        :: at < LOCATIONS ->
#ifdef EARLY_SNAPSHOT
            candidate = !named(at) && !uploading[at];
            if
            :: candidate && present[at] ->
                d_step {
                    present[at] = false;
                    assert(invariant)
                }
            :: else
            fi;
#else
            candidate = present[at];
            if
            :: candidate ->
                d_step {
                    leaving = (!named(at) && !uploading[at] -> at : NOWHERE)
                }
                if
                :: leaving != NOWHERE ->
                    d_step {
                        present[leaving] = false;
                        assert(invariant)
                    }
                :: else
                fi
            :: else
            fi;
#endif
            at++
        :: else -> break
        od
    od
}

init {
    atomic {
        run pusher(0);
        run pusher(1);
        run deleter(0);
#ifdef MOUNT
        run mounter();
#endif
#ifdef PULL
        run puller(0);
#endif
#ifdef EXPIRE
        run expirer();
#endif
        run clock();
        run collector()
    }
}

#ifdef PROGRESS
ltl pushes_end { <> (pushes_left == 0 && !asked[0] && !asked[1]) }
ltl garbage_goes { <> [] clean }
#endif
