/** Keys of the Compose specification (compose-go schema/compose-spec.json, v2.4 and what v1 knew). */
export const composeKeys: ReadonlySet<string> = new Set(
  `additional_contexts aliases annotations args attach attachable attributes bind blkio_config build cache_from cache_to cap_add
  cap_drop capabilities cgroup cgroup_parent command condition config configs consistency container_name content context count
  cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset create_host_path
  credential_spec delay depends_on deploy develop device_cgroup_rules device_ids device_read_bps device_read_iops
  device_write_bps device_write_iops devices disable dns dns_opt dns_search dockerfile dockerfile_inline domainname driver
  driver_opts enable_ipv4 enable_ipv6 endpoint_mode entitlements entrypoint env_file environment exec expose extends external
  external_links extra_hosts failure_action file format gid gpus group_add gw_priority hard healthcheck host_ip host_port
  hostname image include init interface_name internal interval ipam ipc ipv4_address ipv6_address isolation kernel_memory key
  label_file labels limits link_local_ips links logging mac_address max_attempts max_failure_ratio max_replicas_per_node
  mem_limit mem_reservation mem_swappiness memory memswap_limit mode models monitor name network network_mode networks nocopy
  no_cache oom_kill_disable oom_score_adj options order parallelism path pid pids pids_limit placement platform platforms
  ports post_start pre_start pre_stop preferences priority privileged profiles project_directory propagation protocol provider
  provenance published pull pull_policy rate read_only recursive replicas required reservations resources restart
  restart_policy retries rollback_config runtime sbom scale secrets security_opt selinux service services shm_size size soft
  source spread ssh start_interval start_period stdin_open stop_grace_period stop_signal storage_opt subnet subpath swarm
  sysctls tags target test timeout tmpfs tty type ulimits uid update_config use_api_socket user userns_mode uts version volume
  volume_driver volumes volumes_from watch weight weight_device window working_dir
  ip_range gateway aux_addresses action ignore max-size max-file`
    .split(/\s+/)
    .filter((key) => key !== ""),
);

/** The Compose key that somebody meant: the same but for two letters; undefined when there is none. */
export function nearestComposeKey(word: string): string | undefined {
  if (word.length < 4 || word.length > 24) return undefined;
  return [...composeKeys].find((key) => key.length > 3 && distance(word, key) <= 2);
}

/** Letters to change, add or leave out (Levenshtein). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const line = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      line.push(
        Math.min((above[column] ?? 0) + 1, (line[column - 1] ?? 0) + 1, (above[column - 1] ?? 0) + same),
      );
    }
    above = line;
  }
  return above[b.length] ?? 3;
}
