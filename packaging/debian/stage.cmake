# Run by cpack over what `cmake --install` has put into the package: what Debian's policy wants besides.
set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY})
set(doc ${root}/usr/share/doc/fairlead)
set(here ${CMAKE_CURRENT_LIST_DIR})

function(compress file)
  execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB_RECURSE pages ${root}/usr/share/man/*.[1-8])
foreach(page IN LISTS pages)
  compress(${page})
endforeach()

configure_file(${here}/copyright ${doc}/copyright COPYONLY)
configure_file(${here}/changelog ${doc}/changelog.Debian COPYONLY)
configure_file(${here}/../../CHANGELOG.md ${doc}/changelog COPYONLY)
compress(${doc}/changelog.Debian)
compress(${doc}/changelog)

configure_file(${here}/fairlead.yaml ${root}/etc/fairlead/fairlead.yaml COPYONLY)
configure_file(${here}/lintian-overrides ${root}/usr/share/lintian/overrides/fairlead COPYONLY)
file(GLOB_RECURSE everything LIST_DIRECTORIES true ${root}/*)
foreach(one IN LISTS everything)
  if(IS_DIRECTORY ${one})
    file(CHMOD ${one} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
      GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE) # whatever the umask was
  endif()
endforeach()
