//! Claims and volumes.

use crate::simulate::tests::check;

#[test]
fn a_claim_is_bound_after_a_step() {
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, uid: u}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 2Gi}}}}";
    check(claim, "persistentvolumeclaims/data", "in a step\n");
    check(
        claim,
        "persistentvolumeclaims/data!",
        "create PersistentVolume pvc-u
update persistentvolumeclaims/data
  metadata.annotations.pv.kubernetes.io/bind-completed: \"yes\"
  spec.volumeName: \"pvc-u\"
",
    );
    let named = claim.replace("spec: {", "spec: {volumeName: pvc-u, ");
    let volume = "{apiVersion: v1, kind: PersistentVolume, metadata: {name: pvc-u}, spec: {claimRef: {uid: u}}}";
    check(
        &format!("{named}\n---\n{volume}"),
        "persistentvolumeclaims/data",
        "status persistentvolumeclaims/data
  status.phase: \"Bound\"
  status.accessModes: [\"ReadWriteOnce\"]
  status.capacity.storage: \"2Gi\"
",
    );
    check(
        &format!("{named}\n---\n{volume}"),
        "persistentvolumes/pvc-u",
        "status persistentvolumes/pvc-u\n  status.phase: \"Bound\"\n",
    );
}

#[test]
fn a_claim_in_use_stays() {
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [kubernetes.io/pvc-protection]}}";
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {volumes: [{name: v, persistentVolumeClaim: {claimName: data}}]}}";
    check(&format!("{claim}\n---\n{pod}"), "persistentvolumeclaims/data", "");
    check(
        claim,
        "persistentvolumeclaims/data",
        "update persistentvolumeclaims/data\n  metadata.finalizers: []\n",
    );
}
